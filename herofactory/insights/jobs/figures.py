"""Figures of generations over a range of time. None where there was nothing that a figure could be of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from herofactory.insights.figures.step import EPOCH, Step
from herofactory.insights.generations import JOBS
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Database, Row


@dataclass(frozen=True, slots=True)
class JobFigures:
    """Jobs count as requested when they were, and as ended when they did: a range may have more of the one."""

    people: int = 0
    """Who asked within it, each once."""
    requested: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    images: int = 0
    """Of those that were completed."""
    p50_s: float | None = None
    """Seconds from request to result, by nearest rank."""
    p95_s: float | None = None


@dataclass(frozen=True, slots=True)
class CauseFigures:
    failed: int
    people: int


@dataclass(frozen=True, slots=True)
class Jobs:
    step: Step
    total: JobFigures
    points: Sequence[tuple[datetime, JobFigures]]
    """For every step that the range touches, in order."""
    presets: Sequence[tuple[str, JobFigures]]
    """Most requested first."""
    causes: Mapping[str, CauseFigures]
    """Of failures, the commonest first."""


_RANGE = "generation = (SELECT number FROM used) AND {0} >= %(start)s AND {0} < %(end)s"
_JOBS = f"""WITH used AS (SELECT {JOBS.in_use} AS number), told AS (
        SELECT requested_at AS at, 'requested' AS what, owner_id, preset, NULL AS cause, 0 AS images,
            NULL::float8 AS seconds FROM job_facts WHERE {_RANGE.format("requested_at")}
        UNION ALL SELECT ended_at, ending, owner_id, preset, cause, images,
            CASE ending WHEN 'completed' THEN extract(epoch FROM ended_at - requested_at)::float8 END
            FROM job_facts WHERE {_RANGE.format("ended_at")})
    SELECT grouping(start) = 0 AS of_point, grouping(preset) = 0 AS of_preset, grouping(cause) = 0 AS of_cause,
        start, preset, cause, count(*) FILTER (WHERE what = 'requested') AS requested,
        count(*) FILTER (WHERE what = 'completed') AS completed, count(*) FILTER (WHERE what = 'failed') AS failed,
        count(*) FILTER (WHERE what = 'cancelled') AS cancelled, coalesce(sum(images), 0)::bigint AS images,
        count(DISTINCT owner_id) FILTER (WHERE what = 'requested') AS people,
        count(DISTINCT owner_id) AS anybody,
        percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY seconds) AS seconds
    FROM (SELECT *, date_bin(%(step)s, at, %(epoch)s) AS start FROM told) AS told
    GROUP BY GROUPING SETS ((), (start), (preset), (cause))"""


async def jobs(database: Database, during: Range, step: Step) -> Jobs:
    parameters = {"start": during.start, "end": during.end, "step": step.length, "epoch": EPOCH}
    async with database.connection() as connection:
        rows = await (await connection.execute(_JOBS.encode(), parameters)).fetchall()
    points = {row["start"]: _figures(row) for row in rows if row["of_point"]}
    presets = [(row["preset"], _figures(row)) for row in rows if row["of_preset"] and row["preset"] is not None]
    causes = [row for row in rows if row["of_cause"] and row["cause"] is not None]
    return Jobs(
        step=step,
        total=next(_figures(row) for row in rows if not (row["of_point"] or row["of_preset"] or row["of_cause"])),
        points=[(start, points.get(start, JobFigures())) for start in step.starts(during)],
        presets=sorted(presets, key=lambda each: (-each[1].requested, each[0])),
        causes={
            row["cause"]: CauseFigures(row["failed"], row["anybody"])
            for row in sorted(causes, key=lambda row: (-row["failed"], row["cause"]))
        },
    )


def _figures(row: Row) -> JobFigures:
    p50, p95 = row["seconds"] or (None, None)
    names = ("people", "requested", "completed", "failed", "cancelled", "images")
    return JobFigures(**{name: row[name] for name in names}, p50_s=p50, p95_s=p95)
