"""Simulated traffic, published to the topics of the running platform; and taken out of its figures again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from cli.compose import codec_of, dsn_of
from cli.errors import CliError
from cli.running import existing_log
from cli.simulations import Simulation, Simulations, digest
from herofactory.insights.simulation import forgetting
from herofactory.insights.simulation.messages import batches
from herofactory.insights.simulation.plan import Plan
from herofactory.insights.simulation.simulator import Simulator
from herofactory.insights.simulation.vocabulary import SimulatedItem
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings

LATE_BURSTS = 3
BATCH = 2_000
"""Events acknowledged at once."""
Told = Callable[[str, int, int], None]
"""What is done, how much of it, of how much."""


@dataclass(frozen=True, slots=True)
class Published:
    events: int
    seconds: float
    simulation: Simulation

    @property
    def rate(self) -> float:
        return self.events / self.seconds if self.seconds else 0.0


def simulate(
    settings: Settings, seed: int, days: float, visits: int, people: int, told: Told, *, robots: int = 1
) -> Published:
    """Until now; every event is acknowledged by the log when it returns. Once more, it sends the same events again.

    Raises BadPlan, CliError, LogError.
    """
    items = _catalogue(settings)
    if not items:
        raise CliError("there is no item to search for: import some first, with `hero catalog import` or `make up`")
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=days)
    wanted = Simulation(seed, start.isoformat(), days, visits, people, digest(items))
    simulation = Simulations(settings.folder).repeated(wanted)
    simulator = Simulator(_plan(simulation, robots), items)
    end = simulation.starts_at + timedelta(days=days)
    began, events = time.monotonic(), 0
    with closing(existing_log(settings)) as log:
        codec = codec_of(settings, log)
        for batch in batches(codec, simulator.events(), end.timestamp(), BATCH):
            log.publish(batch)
            events += len(batch)
            told(f"simulating {days:g} days, {events:,} events", _day(batch[-1].headers, simulation), round(days))
    return Published(events, time.monotonic() - began, simulation)


def forget(settings: Settings, told: Told) -> int:
    """Take simulated traffic out of the figures; returns how many events. The platform makes the figures again."""
    forgotten = asyncio.run(_forget(settings, told))
    Simulations(settings.folder).forget()
    return forgotten


def _plan(simulation: Simulation, robots: int) -> Plan:
    return Plan(
        simulation.starts_at,
        days=simulation.days,
        seed=simulation.seed,
        visits=simulation.visits,
        people=simulation.people,
        bursts=min(10, int(simulation.days)),
        late_bursts=LATE_BURSTS,
        robots=robots,
        settling_days=min(3.0, simulation.days / 4),
    )


def _day(headers: object, simulation: Simulation) -> int:
    assert isinstance(headers, dict)
    at = datetime.fromisoformat(headers["occurred-at"].decode())
    return (at - simulation.starts_at).days


def _catalogue(settings: Settings) -> list[SimulatedItem]:
    with psycopg.connect(dsn_of(settings)) as connection:
        rows = connection.execute("SELECT id::text, name, tags FROM items WHERE status = 'approved' ORDER BY id")
        return [SimulatedItem(item_id, name, tuple(tags)) for item_id, name, tags in rows]


async def _forget(settings: Settings, told: Told) -> int:
    forgotten = 0
    async with Database(dsn_of(settings), size=1, name="hero-simulate") as database:
        everywhere = await forgetting.places(database)
        for number, place in enumerate(everywhere, 1):
            forgotten += await forgetting.forget(database, place, datetime.now(UTC))
            told("taking simulated events out, hours", number, len(everywhere))
        await forgetting.forget_terms(database)
    return forgotten
