"""Compares a generation with the one beside it, while both follow what goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.replay.compare import LISTED, Comparison, Pair, compare, scopes_of
from herofactory.platform.replay.generations import Generation
from herofactory.platform.replay.target import Differing, Target
from herofactory.platform.replay.verification import Verification
from streams.replay.following import Ends, agents_of, ends_of, reached, readers

ROUNDS = 5
SETTLE_S = 30.0
"""Seconds that figures get to be derived in, each round."""
SETTLE_LOOK_S = 0.5
_PAGE = 2_000

Say = Callable[[str], None]


@dataclass(slots=True)
class _Work:
    old: Generation
    new: Generation
    comparison: Comparison
    open: Mapping[str, Pair] | None = None
    """What may still turn out equal; None before the first round."""
    ends: Ends = field(default_factory=dict)
    settled: bool = True
    rounds: int = 0


class Verifier:
    def __init__(self, target: Target, log: EventLog, clock: Clock) -> None:
        self._target, self._log, self._clock = target, log, clock

    async def verify(
        self, old: Generation, new: Generation, *, complete: bool = True, say: Say = lambda _: None
    ) -> Verification:
        """Each round: both come to one offset per partition, then all their entries are held side by side. What
        differs but was touched by later records is looked at again in the next round.

        `complete`: False of a generation that holds a part by its plan, and is not followed. `say` is told what goes
        on. Raises Behind.
        """
        began, work = self._clock.monotonic(), _Work(old, new, Comparison(partial=not complete))
        agents = await agents_of(self._target)
        while work.rounds < ROUNDS and (work.open is None or work.open):
            work.rounds += 1
            await self._round(work, agents, say)
        return replace(self._found(work, self._clock.monotonic() - began), **await self._meant(work))

    async def _meant(self, work: _Work) -> dict[str, Any]:
        """What differs on purpose."""
        if not isinstance(self._target, Differing):
            return {}
        changes = await self._target.changes(work.old.number, work.new.number)
        return {"expected": sorted(self._target.expected), "changes": dict(changes)}

    async def _round(self, work: _Work, agents: Sequence[Agent], say: Say) -> None:
        work.ends = await asyncio.to_thread(ends_of, self._log, self._target.sources)
        followed = [work.old, work.new] if not work.comparison.partial else [work.old]
        say(f"round {work.rounds}: waiting until both have come to the same offsets")
        waited = [reader for each in followed for reader in readers(agents, each.number)]
        await reached(self._log, self._clock, waited, work.ends, None)
        say(f"round {work.rounds}: waiting until no figures are left to derive")
        work.settled = await self._settled(work)
        say(f"round {work.rounds}: comparing")
        open_ = await compare(
            self._target.entries(work.old.number, work.old.place),
            self._target.entries(work.new.number, work.new.place),
            work.comparison,
            work.open,
        )
        touched = await self._touched(work.ends) if open_ else frozenset[str]()
        work.open = {
            entry_id: pair for entry_id, pair in open_.items() if not work.settled or scopes_of(pair) & touched
        }
        for entry_id, pair in open_.items():
            if entry_id not in work.open:
                work.comparison.add(pair)

    async def _settled(self, work: _Work) -> bool:
        deadline = self._clock.monotonic() + SETTLE_S
        while not all([await self._target.settled(each.number) for each in (work.old, work.new)]):
            if self._clock.monotonic() >= deadline:
                return False
            await self._clock.sleep(SETTLE_LOOK_S)
        return True

    async def _touched(self, since: Ends) -> frozenset[str]:
        """Scopes of all records that came since then."""
        until = await asyncio.to_thread(ends_of, self._log, self._target.sources)
        return await asyncio.to_thread(self._scopes, since, until)

    def _scopes(self, since: Ends, until: Ends) -> frozenset[str]:
        found: set[str] = set()
        for topic, partitions in until.items():
            for partition, end in partitions.items():
                at = since[topic].get(partition, 0)
                while at < end and (page := self._log.read(topic, partition, at, _PAGE)):
                    for record in page:
                        found.update(self._target.scopes(record))
                    at = page[-1].offset + 1
        return frozenset(found)

    def _found(self, work: _Work, seconds: float) -> Verification:
        comparison, moving = work.comparison, sorted(work.open or ())
        return Verification(
            generation=work.new.number,
            against=work.old.number,
            at=self._clock.now().isoformat(),
            seconds=round(seconds, 3),
            rounds=work.rounds,
            offsets={topic: {str(at): end for at, end in ends.items()} for topic, ends in work.ends.items()},
            old_entries=comparison.old.entries,
            new_entries=comparison.new.entries,
            equal=comparison.equal,
            differing=comparison.differing,
            why={str(why): number for why, number in comparison.why.items()},
            differences=[each._asdict() for each in comparison.differences],
            moving=len(moving),
            moving_ids=moving[:LISTED],
            settled=work.settled or not moving,
            complete=not comparison.partial,
            lacking=comparison.lacking,
            old_hash=comparison.old.hash,
            new_hash=comparison.new.hash,
            old_buckets=comparison.old.buckets,
            new_buckets=comparison.new.buckets,
            differing_buckets=comparison.differing_buckets,
        )
