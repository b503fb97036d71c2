"""How the platform is doing, as health and the pipeline's figures tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anyio import to_thread

from api.services import Services
from herofactory.catalog import repository
from herofactory.catalog.imports import sample_import
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.parts import Part, read_parts
from herofactory.search.errors import SearchError
from herofactory.search.port import SearchReader

EXPECTED_PARTS = ("relay", "worker")
DEAD = "dead."
RUNNING = frozenset({"running", "standby"})


@dataclass(frozen=True, slots=True)
class AgentState:
    lag: int
    """Records not yet dealt with, over all topics and partitions the agent reads."""
    dead_letters: int
    state: str


@dataclass(frozen=True, slots=True)
class Backlog:
    rows: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    total: int


async def parts(services: Services) -> list[Part]:
    async with services.database.connection() as connection:
        return await read_parts(connection)


async def searchable(services: Services) -> int:
    """Documents that can be found. Raises SearchError."""
    return await to_thread.run_sync(_count, services.search, limiter=services.search_threads)


async def searchable_or_none(services: Services) -> int | None:
    try:
        return await searchable(services)
    except SearchError:
        return None


async def loading(services: Services, found: int) -> Progress | None:
    """How far the sample catalogue is; None where it is not loaded, and for good once all of it was found."""
    if services.loaded.is_set():
        return None
    async with services.database.connection() as connection:
        sample = await sample_import(connection)
    if sample is None:
        return None
    if sample.is_searchable(found):
        services.loaded.set()
        return None
    return Progress(min(found, sample.total), sample.total)


async def items_by_status(services: Services) -> dict[str, int]:
    async with services.database.connection() as connection:
        return await repository.counts_by_status(connection)


async def outbox(services: Services) -> Backlog:
    row = await services.database.fetch_one(
        """SELECT count(*) AS rows, extract(epoch FROM clock_timestamp() - min(occurred_at))::float AS oldest_s
             FROM outbox"""
    )
    assert row is not None
    return Backlog(row["rows"], round(max(row["oldest_s"] or 0.0, 0.0), 3))


async def agents(services: Services, known: Sequence[Part]) -> dict[str, AgentState]:
    """Every agent that a part tells of or that has read anything."""
    told = agents_told(known)
    lags = await to_thread.run_sync(_lags, services.log)
    return {
        name: AgentState(*lags.get(name, (0, 0)), told.get(name, {}).get("state", "unknown"))
        for name in sorted({*told, *lags})
    }


def agents_told(known: Sequence[Part]) -> dict[str, Mapping[str, Any]]:
    """What each agent's part says of it, by agent: at least `state`, and `cause` where it does not run."""
    told: dict[str, Mapping[str, Any]] = {}
    for part in known:
        found = part.detail.get("agents", {})
        if isinstance(found, Mapping):
            told.update(found)
    return told


def _count(search: SearchReader) -> int:
    search.refresh()
    return search.count()


def _lags(log: EventLog) -> dict[str, tuple[int, int]]:
    topics = log.topics()
    ends = {name: log.offsets(name) for name in topics}
    dead = {
        name.removeprefix(DEAD): sum(r.end - r.earliest for r in ranges.values())
        for name, ranges in ends.items()
        if name.startswith(DEAD)
    }
    lags = {group: sum(_lag(log, group, topic, ends[topic]) for topic in topics) for group in log.groups()}
    return {name: (lags.get(name, 0), dead.get(name, 0)) for name in {*lags, *dead}}


def _lag(log: EventLog, group: str, topic: str, ranges: Mapping[int, Any]) -> int:
    committed = log.committed(group, topic)
    if not committed:
        return 0  # a group that never committed anything of a topic does not read it
    return sum(max(0, r.end - max(committed.get(p, r.earliest), r.earliest)) for p, r in ranges.items())
