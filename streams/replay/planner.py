"""Plans: what a replay would read and do, and why it may not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from herofactory.platform.eventlog.port import TopicConfig, UnknownTopic
from herofactory.platform.postgres.database import Connection
from herofactory.platform.records import Record
from herofactory.platform.replay import generations
from herofactory.platform.replay.filter import Filter
from herofactory.platform.replay.plan import Plan, Span
from herofactory.platform.replay.replay import Replay
from herofactory.platform.replay.store import Replays
from herofactory.platform.replay.target import Cost, Noting, Refusing, ReplayRefused, Target
from streams.groups import group_of
from streams.replay import refusals
from streams.replay.bounds import Bounds
from streams.replay.ground import Ground
from streams.replay.pages import Pages, Stamp, stamping
from streams.replay.registry import configured, open_target
from streams.replay.request import Request
from streams.replay.sample import Measured, Sample, measure, take
from streams.replay.snapshot import CostsRows, takes_snapshots

_PAGE = 2_000
ENOUGH = 40
"""Records of topics that say how long rows of the database take. Of fewer the time is that of opening what they are
written to: one record would make days of a million rows."""
_FILLING = ("planned", "running", "stopped", "failed")


@dataclass(frozen=True, slots=True)
class _Looked:
    """At the topics."""

    configs: Sequence[TopicConfig]
    samples: Sequence[Sample]
    measured: Measured
    cost: Cost

    @property
    def spans(self) -> Sequence[Span]:
        return tuple(each.span for each in self.samples)


class Planner:
    def __init__(self, ground: Ground, replays: Replays) -> None:
        self._ground, self._replays = ground, replays

    async def draft(self, request: Request, target: Target | None = None) -> Plan:
        """Changes nothing. What forbids it stands in `refusals`; `target` is the registry's unless given.

        Raises ReplayRefused for what cannot be understood (a target, a place, a filter), and for a target that cannot
        be replayed now.
        """
        target = target or open_target(request.target, self._ground)
        request = request.of_effects(target.effects)
        target = configured(target, request.options)
        if isinstance(target, Refusing):
            await target.refuse()
        chosen = Filter.parse(request.filter, self._ground.values) if request.filter else None
        looked = await self._look(target, request, stamping("a sample", chosen))
        async with self._ground.database.transaction() as transaction:
            number = request.generation or await _next(transaction, target)
        plan = _plan(request, number, looked)
        if request.source == "database":
            plan = await _of_rows(plan, target)
        return replace(
            plan,
            refusals=(
                *await self._taken(plan),
                *await self._members(target, plan),
                *refusals.of(plan, request, target, looked.configs),
            ),
            warnings=(
                *_notes(target),
                *await self._warnings(plan),
                *((looked.measured.failure,) if looked.measured.failure else ()),
            ),
        )

    async def save(self, plan: Plan, target: Target | None = None, *, asked: UUID | None = None) -> Replay:
        """The replay that carries it out: a new one, or that which was `asked` for over the API.

        Raises ReplayRefused for a plan with refusals, and where another was faster.
        """
        if plan.refusals:
            raise ReplayRefused("; ".join(plan.refusals))
        target = target or open_target(plan.target, self._ground)
        place = await target.place()
        async with self._ground.database.transaction() as transaction:
            await transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", (plan.target,))
            await generations.adopt(transaction, plan.target, place)
            if taken := await _taken(transaction, plan):
                raise ReplayRefused("; ".join(taken))
            if asked:
                return await self._replays.planned(transaction, asked, plan)
            return await self._replays.add(transaction, plan)

    # -- looking

    async def _look(self, target: Target, request: Request, stamp: Stamp) -> _Looked:
        configs, samples = await asyncio.to_thread(self._sample, target, request)
        measured = await measure(target, self._ground, samples, stamp)
        cost = Cost()
        if request.source == "database" and isinstance(target, CostsRows):
            return _Looked(configs, samples, measured, await target.database_cost())
        if target.effects == "external":
            cost = await target.cost(self._everything([each.span for each in samples], stamp))
        return _Looked(configs, samples, measured, cost)

    def _sample(self, target: Target, request: Request) -> tuple[Sequence[TopicConfig], Sequence[Sample]]:
        log = self._ground.log
        bounds, known = Bounds(log, self._ground.clock, request.start, request.end), log.topics()
        if missing := [topic for topic in target.sources if topic not in known]:
            raise UnknownTopic(f"{target.name} is made from {missing[0]!r}, which does not exist: `hero topics apply`")
        configs = [known[topic] for topic in target.sources]
        return configs, [
            take(log, topic, partition, bound, known[topic].compacted)
            for topic, partitions in bounds.of(configs).items()
            for partition, bound in partitions.items()
        ]

    async def _everything(self, spans: Sequence[Span], stamp: Stamp) -> AsyncIterator[Record]:
        for span in spans:
            pages, at = Pages(self._ground.log, span.topic, span.partition, _PAGE, stamp), span.start
            while at < span.end:
                page = await asyncio.to_thread(pages.read, at, span.end)
                at = page.next
                for record in page.records:
                    yield record

    # -- refusing

    async def _taken(self, plan: Plan) -> Sequence[str]:
        async with self._ground.database.connection() as connection:
            return await _taken(connection, plan)

    async def _members(self, target: Target, plan: Plan) -> Sequence[str]:
        async with target.trial() as agents:
            labels = [replace(agent, generation=plan.generation).label for agent in agents]
        return [why for label in labels if (why := await asyncio.to_thread(self._busy, group_of(label)))]

    def _busy(self, group: str) -> str | None:
        members = self._ground.log.members(group)
        if not members:
            return None
        return f"group {group} has {members} live members: stop whatever reads under it"

    async def _warnings(self, plan: Plan) -> Sequence[str]:
        async with self._ground.database.connection() as connection:
            others = await self._replays.list(connection, plan.target)
        return [
            f"replay {each.id} of the same target is {each.state}, and fills generation {each.generation}"
            for each in others
            if each.state in _FILLING
        ]


def _notes(target: Target) -> Sequence[str]:
    return target.notes if isinstance(target, Noting) else ()


def _plan(request: Request, number: int, looked: _Looked) -> Plan:
    whole = request.start == "earliest" and request.end == "latest" and request.filter is None
    seconds = looked.measured.seconds
    if request.rate and seconds is not None:
        seconds = max(seconds, sum(span.records for span in looked.spans) / request.rate)
    return Plan(
        target=request.target,
        generation=number,
        source=request.source,
        spans=looked.spans,
        filter=request.filter,
        options=request.options,
        complete=whole,
        rate=request.rate,
        max_lag_s=request.max_lag_s,
        estimate_s=None if seconds is None else round(seconds, 6),
        sampled=looked.measured.records,
        cost=looked.cost,
        accept_gap=request.accept_gap,
    )


async def _of_rows(plan: Plan, target: Target) -> Plan:
    """What the topics hold is only a sample of them: they are followed from where they end when the copying begins."""
    rows = await target.database_records() if takes_snapshots(target) else 0
    seconds: float | None = None if rows else 0.0
    if rows and plan.estimate_s is not None and plan.sampled >= ENOUGH:
        seconds = round(plan.estimate_s / plan.records * rows, 6)
    spans = tuple(replace(span, start=span.end, records=0, bytes=0, gap=0) for span in plan.spans)
    return replace(plan, spans=spans, rows=rows, estimate_s=seconds)


async def _next(transaction: Connection, target: Target) -> int:
    """As it would be given now."""
    found = await generations.of(transaction, target.name)
    if not found:
        cursor = await transaction.execute(
            "SELECT greatest(max(generation), %s) AS highest FROM replays WHERE target = %s",
            (generations.FIRST, target.name),
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row["highest"]) + 1
    return await generations.next_number(transaction, target.name)


async def _taken(connection: Connection, plan: Plan) -> Sequence[str]:
    """Why this generation cannot be filled: there is one, or there was."""
    if any(each.number == plan.generation for each in await generations.of(connection, plan.target)):
        return [f"generation {plan.generation} of {plan.target} exists: plan again without a number, for the next one"]
    cursor = await connection.execute(
        "SELECT id, state FROM replays WHERE target = %s AND generation = %s", (plan.target, plan.generation)
    )
    row = await cursor.fetchone()
    if row is None:
        return []
    return [f"replay {row['id']} ({row['state']}) fills generation {plan.generation} of {plan.target}: plan again"]
