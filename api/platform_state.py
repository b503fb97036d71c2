"""How the platform is doing, as health and the pipeline's figures tell it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from anyio import to_thread

from api.services import Services
from herofactory.catalog import repository
from herofactory.catalog.imports import sample_import
from herofactory.platform.delivery.letters import agents_known, catch_up, open_counts
from herofactory.platform.eventlog.lag import lags
from herofactory.platform.eventlog.port import EventLog, LogError
from herofactory.platform.parts import Part, read_parts
from herofactory.quality import store as quality
from herofactory.search.errors import SearchError
from herofactory.search.port import SearchReader

EXPECTED_PARTS = {"embedded": ("relay", "worker"), "kafka": ("housekeeper", "worker")}
LOG_S = 3.0
"""Seconds after which a log that has not answered counts as silent."""
NOT_YET = frozenset({"starting", "waiting"})
RUNNING = frozenset({"running", "standby"})
WORST_FIRST = ("halted", "paused", "unknown")


@dataclass(frozen=True, slots=True)
class AgentState:
    lag: int | None
    """Records not yet dealt with, over all topics and partitions the agent reads; None while the log is silent."""
    dead_letters: int | None
    """Open ones; None while the log is silent."""
    state: str


@dataclass(frozen=True, slots=True)
class Backlog:
    rows: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    total: int
    failure: str | None
    """Why nothing goes on, where that is so."""


async def parts(services: Services) -> list[Part]:
    async with services.database.connection() as connection:
        return await read_parts(connection)


def missing_parts(stack: str, known: Sequence[Part]) -> list[str]:
    """Parts of which no instance is at work: none beats, or all are still beginning."""
    serving = {part.name for part in known if part.state not in NOT_YET}
    return [name for name in EXPECTED_PARTS[stack] if name not in serving]


async def searchable(services: Services) -> int:
    """Documents that can be found. Raises SearchError."""
    return await to_thread.run_sync(_count, services.search, services.settings.stack, limiter=services.search_threads)


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
    return Progress(min(found, sample.total), sample.total, sample.failure)


async def items_by_status(services: Services) -> dict[str, int]:
    async with services.database.connection() as connection:
        return await repository.counts_by_status(connection)


async def failing_expectations(services: Services) -> list[str]:
    """One line for each suite of data quality whose last run failed. None ran, or long ago: no trouble."""
    async with services.database.connection() as connection:
        return await quality.failing(connection)


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
    behind: Mapping[str, int] = {}
    dead: Mapping[str, int] = {}
    unread: int | None = None
    with suppress(LogError, TimeoutError):
        async with asyncio.timeout(LOG_S):
            behind = await to_thread.run_sync(_lags, services.log, abandon_on_cancel=True)
            dead = await open_letters(services)
            unread = 0
    return {
        name: AgentState(behind.get(name, unread), dead.get(name, unread), told.get(name, {}).get("state", "unknown"))
        for name in sorted({*told, *behind, *dead})
    }


async def open_letters(services: Services) -> Mapping[str, int]:
    """Open dead letters by agent, told to the metrics too. Raises LogError."""
    await catch_up(services.log, services.database)
    async with services.database.connection() as connection:
        found = await open_counts(connection)
        known = await agents_known(connection)
    for agent in known:
        services.metrics.gauge("hero_dead_letters_open", found.get(agent, 0), agent=agent)
    return found


async def log_answers(services: Services) -> bool:
    try:
        async with asyncio.timeout(LOG_S):
            await to_thread.run_sync(services.log.topics, abandon_on_cancel=True)
    except (LogError, TimeoutError):
        return False
    return True


def agents_told(known: Sequence[Part]) -> dict[str, Mapping[str, Any]]:
    """What each agent's part says of it, by agent: at least `state`, and `cause` where it does not run.

    Of an agent that several workers run, what the worst of them says: its partitions wait.
    """
    told: dict[str, Mapping[str, Any]] = {}
    for part in known:
        found = part.detail.get("agents", {})
        for name, agent in found.items() if isinstance(found, Mapping) else ():
            if name not in told or _badness(agent) > _badness(told[name]):
                told[name] = agent
    return told


def _badness(agent: Mapping[str, Any]) -> int:
    state = agent.get("state", "unknown")
    return len(WORST_FIRST) - WORST_FIRST.index(state) if state in WORST_FIRST else 0


def _count(search: SearchReader, stack: str) -> int:
    if stack == "embedded":
        search.refresh()  # follows the index; a server's does by itself, and asking for it costs a segment
    return search.count()


def _lags(log: EventLog) -> Mapping[str, int]:
    """By agent. A group is named after its agent, behind the application's name; those of a later
    generation are `insights.g2`."""
    return {group.partition(".")[2] or group: lag for group, lag in lags(log).items()}
