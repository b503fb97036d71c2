"""The last step of a record: its outputs or its dead letter are written, its key is parked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.fate import Fate
from herofactory.platform.delivery.limit import Breaker
from herofactory.platform.delivery.parked import ParkedKeys
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.retrier import Rejected, Retrier
from herofactory.platform.delivery.settler import Settler
from herofactory.platform.eventlog.port import Position
from herofactory.platform.records import Outgoing


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
        self._parked = parked if agent.ordered else None

    async def store(self, fates: Sequence[Fate]) -> Sequence[Fate]:
        """The fates as they became: a record whose outputs cannot be written turns into a dead letter here."""
        messages = [message for fate in fates for message in fate.messages]
        try:
            if messages:
                await self._retrier.run(partial(self._publish, messages))
        except Rejected:
            # Some message is refused for what it is (too large, say). One record at a time shows whose it is.
            fates = [await self._alone(fate) for fate in fates]
        await self._park(fates)
        return fates

    async def _alone(self, fate: Fate) -> Fate:
        while fate.messages:
            probe = await self._breaker.enter()
            try:
                await self._retrier.run(partial(self._publish, fate.messages), rejects=fate.letter is None)
            except Rejected as rejected:
                fate = self._settler.reject(fate.record, rejected, "produce") or fate
            else:
                if probe:
                    self._breaker.resume()
                break
        return fate

    async def _publish(self, messages: Sequence[Outgoing], _attempt: int) -> None:
        await self._publisher.publish(messages)

    async def _park(self, fates: Sequence[Fate]) -> None:
        """After the dead letters are stored: a parked key without its dead letter could never be redriven.

        Records that were parked themselves park their key too: it may have been released while they were under way.
        """
        keys: dict[bytes, Position] = {}
        for fate in fates:
            record = fate.record
            if fate.letter and record.key is not None:
                keys.setdefault(record.key, Position(record.topic, record.partition, record.offset))
        parked = self._parked
        if parked is not None and keys:
            await self._retrier.run(lambda _: parked.park(self._agent.name, keys), rejects=False)
