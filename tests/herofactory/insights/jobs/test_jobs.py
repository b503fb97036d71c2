"""Figures of generations next to a plain computation over their events, in any order and however often they come."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from herofactory.insights.figures.step import Step
from herofactory.insights.generations import JOBS
from herofactory.insights.jobs import facts
from herofactory.insights.jobs.facts import Fact
from herofactory.insights.jobs.figures import CauseFigures, JobFigures, Jobs, jobs
from herofactory.insights.keeping import retention
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations

START = datetime(2026, 3, 1, 22, tzinfo=UTC)
DURING = Range(START, START + timedelta(hours=5))
_numbers = count(2)


@st.composite
def one_job(draw: st.DrawFn, number: int) -> list[Fact]:
    """The events of a job: asked for around the range's borders, ended within it or not."""
    job_id, owner = UUID(int=number + 1), f"owner-{draw(st.integers(0, 3))}"
    asked = START + timedelta(minutes=draw(st.integers(-90, 330)), milliseconds=draw(st.integers(0, 999)))
    ended = asked + timedelta(seconds=draw(st.integers(0, 7_000)))
    preset = draw(st.sampled_from(["pixel", "anime"]))
    end = {
        "completed": Fact(job_id, owner, preset, None, ended, "completed", images=draw(st.integers(1, 4))),
        "failed": Fact(job_id, owner, None, None, ended, "failed", draw(st.sampled_from(["EXPIRED", "TIMEOUT"]))),
        "cancelled": Fact(job_id, owner, None, None, ended, "cancelled"),
    }
    told = [Fact(job_id, owner, preset, asked)]
    if (ending := draw(st.sampled_from([None, *end]))) is not None:
        told.append(end[ending])
    return told


@st.composite
def all_jobs(draw: st.DrawFn) -> list[list[Fact]]:
    return [draw(one_job(number)) for number in range(draw(st.integers(0, 12)))]


def naive(told: Sequence[Sequence[Fact]], during: Range, step: Step) -> Jobs:
    """Of each job's events, each once."""
    rows = [_Row(each) for each in told]
    presets: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        presets[row.asked.preset or ""].append(row)
    found = {preset: _figures(within, during) for preset, within in presets.items()}
    failed = [row for row in rows if row.end and row.end.ending == "failed" and _within(row.end.ended_at, during)]
    causes = Counter(row.end.cause for row in failed if row.end)
    points = [(at, Range(max(at, during.start), min(at + step.length, during.end))) for at in step.starts(during)]
    return Jobs(
        step=step,
        total=_figures(rows, during),
        points=[(at, _figures(rows, within)) for at, within in points],
        presets=sorted(
            ((preset, each) for preset, each in found.items() if each != JobFigures()),
            key=lambda each: (-each[1].requested, each[0]),
        ),
        causes={
            cause: CauseFigures(
                number, len({row.asked.owner_id for row in failed if row.end and row.end.cause == cause})
            )
            for cause, number in sorted(causes.items(), key=lambda each: (-each[1], each[0] or ""))
            if cause
        },
    )


class _Row:
    def __init__(self, told: Sequence[Fact]) -> None:
        self.asked = told[0]
        self.end = told[1] if len(told) > 1 else None


def _figures(rows: Sequence[_Row], during: Range) -> JobFigures:
    asked = [row for row in rows if _within(row.asked.requested_at, during)]
    ends = [(row, row.end) for row in rows if row.end and _within(row.end.ended_at, during)]
    kinds = Counter(end.ending for _, end in ends)
    seconds = sorted(
        (end.ended_at - row.asked.requested_at).total_seconds()
        for row, end in ends
        if end.ending == "completed" and end.ended_at and row.asked.requested_at
    )
    return JobFigures(
        people=len({row.asked.owner_id for row in asked}),
        requested=len(asked),
        completed=kinds["completed"],
        failed=kinds["failed"],
        cancelled=kinds["cancelled"],
        images=sum(end.images for _, end in ends),
        p50_s=_rank(seconds, 0.5),
        p95_s=_rank(seconds, 0.95),
    )


def _rank(values: Sequence[float], share: float) -> float | None:
    return values[max(math.ceil(share * len(values)), 1) - 1] if values else None


def _within(moment: datetime | None, during: Range) -> bool:
    return moment is not None and during.start <= moment < during.end


async def _made(dsn: str, told: Sequence[Sequence[Fact]], random: Random, step: Step) -> Jobs:
    """In a generation of its own, which readers use."""
    number = next(_numbers)
    mixed = [each for facts_of in told for each in facts_of for _ in range(random.randint(1, 2))]
    random.shuffle(mixed)
    cut = random.randint(0, len(mixed))
    async with Database(dsn, size=1, checked=False) as database:
        async with database.transaction() as transaction:
            await generations.add(transaction, JOBS.target, number, "")
            await generations.activate(transaction, JOBS.target, number)
        for chunk in (mixed[:cut], mixed[cut:]):
            async with database.transaction() as transaction:
                await facts.note(transaction, number, chunk)
        return await jobs(database, DURING, step)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(all_jobs(), st.randoms(use_true_random=False), st.sampled_from(Step))
def test_figures_are_those_of_a_plain_count(dsn: str, told: list[list[Fact]], random: Random, step: Step) -> None:
    assert asyncio.run(_made(dsn, told, random, step)) == naive(told, DURING, step)


def test_of_two_ends_the_first_counts_whichever_came_first(dsn: str) -> None:
    job_id = UUID(int=1)
    asked = Fact(job_id, "o", "pixel", START)
    ends = [
        Fact(job_id, "o", None, None, START + timedelta(seconds=9), "failed", "EXPIRED"),
        Fact(job_id, "o", "pixel", None, START + timedelta(seconds=5), "completed", images=1),
    ]
    for told in (ends, ends[::-1]):
        found = asyncio.run(_made(dsn, [[asked, *told]], Random(1), Step.DAY))
        assert (found.total.completed, found.total.failed, found.total.p50_s) == (1, 0, 5.0)


def test_jobs_of_long_ago_are_forgotten(dsn: str) -> None:
    async def kept() -> list[int]:
        async with Database(dsn, size=1, checked=False) as database, database.transaction() as transaction:
            for days in (94, 97):
                at = START - timedelta(days=days)
                await facts.note(transaction, 1, [Fact(UUID(int=days), "o", "pixel", at)])
            await retention.sweep(transaction, START)
            cursor = await transaction.execute("SELECT job_id FROM job_facts")
            return [row["job_id"].int for row in await cursor.fetchall()]

    assert asyncio.run(kept()) == [94]
