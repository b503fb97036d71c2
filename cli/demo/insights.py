"""Simulated traffic, so that somebody new sees filled lists; all that is shown says that it is simulated."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from cli.api_client import ApiClient
from cli.compose import dsn_of
from cli.errors import CliError
from cli.options import console
from cli.progress import Bar
from cli.simulation import simulate
from cli.simulations import Simulations
from cli.tables import insights as tables
from herofactory.platform.settings import Settings

DAYS, VISITS, PEOPLE = 3.0, 1_000, 2_500
FRESH = timedelta(hours=6)
"""A simulation that ended so long ago fills the lists of a day well enough."""
LOOK_S = 0.5
SHOWN = 5
SOON_S = 5
"""An hour's figures are due some seconds after its events came."""
_DUE = """SELECT count(*) FROM observation_work
    WHERE kind = 'search' AND due_at <= clock_timestamp() + make_interval(secs => %s)"""


def show_insights(settings: Settings, api: ApiClient, deadline: float) -> None:
    """Simulate, wait until the figures are made, show them. Raises CliError at `deadline` (monotonic)."""
    with Bar() as bar:
        if is_new := not _is_fresh(settings):
            done = simulate(settings, _seed(), DAYS, VISITS, PEOPLE, bar.show, robots=0)
            told = f"{done.events:,} events of {DAYS:g} days, acknowledged in {done.seconds:.1f} s"
            console.print(f"\nsimulated traffic: {told}")
        began = time.monotonic()
        _until_made(settings, api, bar, deadline)
    console.print(f"figures made of it {time.monotonic() - began:.1f} s later\n")
    for path, window, show in (
        ("popular", "day", tables.popular),
        ("trending", "hour", tables.trending),
        ("missing", "week", tables.missing),
    ):
        found = api.get(f"/api/v1/insights/searches/{path}", _query(window))
        if is_new and not found["items"]:
            raise CliError(f"no {path} searches, although traffic was simulated: {found}")
        console.print(show(found))
        console.print()


def _query(window: str) -> dict[str, Any]:
    return {"window": window, "limit": SHOWN, "include": "simulated"}


def _seed() -> int:
    """Another one whenever it is simulated anew: the same one would have to be of the same time."""
    return int(time.time())


def _is_fresh(settings: Settings) -> bool:
    now = datetime.now(UTC)
    return any(now - each.starts_at - timedelta(days=each.days) < FRESH for each in Simulations(settings.folder).all())


def _until_made(settings: Settings, api: ApiClient, bar: Bar, deadline: float) -> None:
    most = 1
    with psycopg.connect(dsn_of(settings), autocommit=True) as connection:
        while True:
            lag = api.get("/api/v1/pipeline")["agents"]["insights"]["lag"]
            row = connection.execute(_DUE, (SOON_S,)).fetchone()
            due = row[0] if row else 0
            if lag == 0 and due == 0:
                return
            if time.monotonic() >= deadline:
                raise CliError(f"the figures were not made in time: {lag} events and {due} hours are left")
            most = max(most, due)
            bar.show("making figures, hours", most - due, most)
            time.sleep(LOOK_S)
