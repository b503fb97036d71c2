"""The state of the platform, gathered past the API: it is asked for just when something does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from typing import Any

import psutil

from cli.compose import dsn_of
from cli.errors import NotRunning
from cli.explain import explain
from cli.running import existing_log
from cli.supervise.lock import is_running
from cli.supervise.state import read
from herofactory.catalog import repository
from herofactory.catalog.imports import sample_import
from herofactory.platform.delivery.letters import catch_up, open_counts
from herofactory.platform.eventlog.lag import lags
from herofactory.platform.parts import Part, read_parts, this_host
from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.settings import Settings
from streams.groups import GROUP_PREFIX

BEATING = ("relay", "housekeeper", "worker", "bridge")
"""Parts that tell of their progress."""
API_S = 3.0


async def overview(settings: Settings) -> dict[str, Any]:
    """`running`, `data` and `problems` alone where nothing runs.

    A piece that cannot be read is missing, with its reason in `problems`.

    What runs is what holds the data folder here. Where nothing does, parts on other machines or in other containers may
    still run on the same database: then the API that answers at the address in the settings and the parts that beat.
    """
    if is_running(settings.folder):
        return await _complete(settings, _from_supervisor(settings))
    if settings.database_url is None:  # nobody elsewhere can be on a database of our own
        return {"running": False, "data": str(settings.folder), "problems": []}
    return await _complete(settings, await asyncio.to_thread(_from_api, settings))


def _from_supervisor(settings: Settings) -> dict[str, Any]:
    run = read(settings.folder)
    return {
        "running": True,
        "data": str(settings.folder),
        "stack": run.stack if run else settings.stack,
        "url": run and run.url,
        "pid": run and run.pid,
        "parts": [{**asdict(part), "instance": None} for part in run.parts] if run else [],
        "problems": [],
    }


def _from_api(settings: Settings) -> dict[str, Any]:
    from cli.api_client import ApiClient

    found: dict[str, Any] = {
        "running": False,
        "data": str(settings.folder),
        "stack": settings.stack,
        "url": None,
        "pid": None,
        "parts": [],
        "problems": [],
    }
    with ApiClient(settings, timeout_s=API_S) as api, suppress(NotRunning, ValueError):
        state = str(api.readiness()["status"])
        part = {"name": "api", "pid": None, "state": state, "restarts": None, "instance": None}
        found.update(running=True, url=api.url, parts=[part])
    return found


async def _complete(settings: Settings, found: dict[str, Any]) -> dict[str, Any]:
    try:
        found.update(await _from_database(settings))
    except Exception as error:  # noqa: BLE001  (whatever it is, the rest is still worth showing)
        found["problems"].append(explain(error))
    _merge_beats(found)
    if not found["running"]:
        return {"running": False, "data": str(settings.folder), "problems": found["problems"]}
    dead: Mapping[str, int] | None = None
    try:
        if "outbox" in found:  # the database answers
            dead = await _open_letters(settings)
    except Exception as error:  # noqa: BLE001
        found["problems"].append(explain(error))
    try:
        found["agents"] = _agents(settings, found.pop("told", {}), dead)
    except Exception as error:  # noqa: BLE001
        found["problems"].append(explain(error))
    return found


async def _from_database(settings: Settings) -> dict[str, Any]:
    from psycopg.rows import dict_row

    async with await Connection.connect(dsn_of(settings), autocommit=True, row_factory=dict_row) as connection:
        parts = await read_parts(connection)
        cursor = await connection.execute(
            """SELECT count(*) AS rows,
                      coalesce(extract(epoch FROM clock_timestamp() - min(occurred_at)), 0)::float AS oldest_s
               FROM outbox"""
        )
        sample = await sample_import(connection)
        return {
            "beats": parts,
            "told": _told(parts),
            "outbox": await cursor.fetchone(),
            "items": await repository.counts_by_status(connection),
            "sample": sample and asdict(sample),
        }


async def _open_letters(settings: Settings) -> Mapping[str, int]:
    """Without those that were redriven or dropped, which the database tells apart."""
    with closing(await asyncio.to_thread(existing_log, settings)) as log:
        async with Database(dsn_of(settings), size=1, name="hero-status") as database:
            await catch_up(log, database)
            async with database.connection() as connection:
                return await open_counts(connection)


def _agents(settings: Settings, told: dict[str, Any], dead: Mapping[str, int] | None) -> dict[str, Any]:
    with closing(existing_log(settings)) as log:
        behind = {group.removeprefix(GROUP_PREFIX): lag for group, lag in lags(log).items()}
    return {
        name: {
            "state": told.get(name, {}).get("state", "unknown"),
            "cause": told.get(name, {}).get("cause"),
            "lag": behind.get(name, 0),
            "missed": told.get(name, {}).get("missed", 0),
            "dead_letters": None if dead is None else dead.get(name, 0),
        }
        for name in sorted({*told, *behind, *(dead or ())})
    }


def _merge_beats(found: dict[str, Any]) -> None:
    """A process that runs but does not beat does nothing: say so. Parts that beat from elsewhere follow."""
    beats: list[Part] | None = found.pop("beats", None)
    if beats is None:
        return
    here = {(beat.name, beat.pid): beat for beat in beats if beat.host == this_host()}
    ours = {(part["name"], part["pid"]) for part in found["parts"]}
    for part in found["parts"]:
        beat = here.get((part["name"], part["pid"]))
        if part["name"] not in BEATING or part["state"] != "running":
            continue
        part["state"] = beat.state if beat else "silent"
        part["detail"] = beat.detail if beat else {}
        part["instance"] = beat and beat.instance
    # Of this host also what another `hero up` runs on the same database, but not the last words of what was killed.
    others = [beat for beat in beats if beat.host != this_host() or _is_another(beat, ours)]
    found["parts"] += [_elsewhere(beat) for beat in others]
    found["running"] = bool(found["parts"])


def _is_another(beat: Part, ours: set[tuple[str, int | None]]) -> bool:
    return (beat.name, beat.pid) not in ours and psutil.pid_exists(beat.pid)


def _elsewhere(beat: Part) -> dict[str, Any]:
    """Nobody here knows how often it was started."""
    return {
        "name": beat.name,
        "pid": beat.pid,
        "state": beat.state,
        "restarts": None,
        "instance": beat.instance,
        "detail": beat.detail,
    }


def _told(parts: Sequence[Part]) -> dict[str, Any]:
    """By agent; of one that several workers run what a worker in trouble says, and what all of them missed."""
    told: dict[str, Any] = {}
    for part in parts:
        for name, agent in part.detail.get("agents", {}).items():
            missed = told.get(name, {}).get("missed", 0) + agent.get("missed", 0)
            if name not in told or agent.get("state") != "running":
                told[name] = agent
            told[name] = {**told[name], "missed": missed}
    return told
