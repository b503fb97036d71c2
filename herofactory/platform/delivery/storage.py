"""The last step of a record: its outputs or its dead letter are written, and it leaves the line of its key."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.fate import Fate
from herofactory.platform.delivery.limit import Breaker
from herofactory.platform.delivery.parked import ParkedKeys, position_of
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.redriven import Redriven
from herofactory.platform.delivery.retrier import Rejected, Retrier
from herofactory.platform.delivery.settler import Settler
from herofactory.platform.records import Outgoing, Record


class Storage:
    def __init__(
        self,
        agent: Agent,
        publisher: Publisher,
        retrier: Retrier,
        settler: Settler,
        breaker: Breaker,
        parked: ParkedKeys | None,
    ) -> None:
        self._agent = agent
        self._publisher = publisher
        self._retrier = retrier
        self._settler = settler
        self._breaker = breaker
        self._parked = parked

    async def store(self, fates: Sequence[Fate]) -> Sequence[Fate]:
        """The fates as they became: a record whose outputs cannot be written turns into a dead letter here."""
        messages = [message for fate in fates for message in fate.messages]
        try:
            if messages:
                await self._retrier.run(partial(self._publish, messages))
        except Rejected:
            # Some message is refused for what it is (too large, say). One record at a time shows whose it is.
            fates = [await self._alone(fate) for fate in fates]
        await self._leave(fates)
        return fates

    async def _alone(self, fate: Fate) -> Fate:
        while fate.messages:
            probe = await self._breaker.enter()
            try:
                await self._retrier.run(partial(self._publish, fate.messages), rejects=fate.letter is None)
            except Rejected as rejected:
                refused = self._settler.reject(fate.record, rejected, "produce")
                if refused:
                    await self._park(fate.record)
                    fate = refused
            else:
                if probe:
                    self._breaker.resume()
                break
        return fate

    async def _publish(self, messages: Sequence[Outgoing], _attempt: int) -> None:
        await self._publisher.publish(messages)

    async def _park(self, record: Record) -> None:
        """Before its letter is stored. What was in work behind it already goes on."""
        parked, key, at = self._parked, record.key, position_of(record)
        if parked is None or key is None:
            return
        if isinstance(record, Redriven) and record.ordered:
            await self._retrier.run(lambda _: parked.stay(self._agent.label, key), rejects=False)
        else:
            await self._retrier.run(lambda _: parked.park(self._agent.label, key, at), rejects=False)

    async def _leave(self, fates: Sequence[Fate]) -> None:
        parked = self._parked
        places = [
            (fate.record.key, position_of(fate.record))
            for fate in fates
            if fate.leaves and fate.letter is None and fate.record.key is not None
        ]
        if parked is not None and places:
            await self._retrier.run(lambda _: parked.passed(self._agent.label, places), rejects=False)
