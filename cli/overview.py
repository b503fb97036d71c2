"""The state of the platform, gathered past the API: it is asked for just when something does not answer."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import asdict
from typing import Any

from cli.compose import dsn_of
from cli.explain import explain
from cli.running import existing_log
from cli.supervise.lock import is_running
from cli.supervise.state import read
from herofactory.catalog import repository
from herofactory.catalog.imports import sample_import
from herofactory.platform.delivery import list_dead_letters
from herofactory.platform.eventlog.lag import lags
from herofactory.platform.parts import read_parts
from herofactory.platform.postgres.database import Connection
from herofactory.platform.settings import Settings

BEATING = ("relay", "housekeeper", "worker")
"""Parts that tell of their progress."""


async def overview(settings: Settings) -> dict[str, Any]:
    """`running` alone where nothing runs; a piece that cannot be read is missing, with its reason in `problems`."""
    if not is_running(settings.folder):
        return {"running": False, "data": str(settings.folder)}
    run = read(settings.folder)
    found: dict[str, Any] = {
        "running": True,
        "data": str(settings.folder),
        "url": run and run.url,
        "pid": run and run.pid,
        "parts": [asdict(part) for part in run.parts] if run else [],
        "problems": [],
    }
    try:
        found.update(await _from_database(settings))
    except Exception as error:  # noqa: BLE001  (whatever it is, the rest is still worth showing)
        found["problems"].append(explain(error))
    try:
        found["agents"] = _agents(settings, found.pop("told", {}))
    except Exception as error:  # noqa: BLE001
        found["problems"].append(explain(error))
    _merge_beats(found)
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
            "beats": {part.name: {"state": part.state, "detail": part.detail} for part in parts},
            "told": {name: told for part in parts for name, told in part.detail.get("agents", {}).items()},
            "outbox": await cursor.fetchone(),
            "items": await repository.counts_by_status(connection),
            "sample": sample and asdict(sample),
        }


def _agents(settings: Settings, told: dict[str, Any]) -> dict[str, Any]:
    with closing(existing_log(settings)) as log:
        # A group is named after its agent, behind the application's name.
        behind = {group.rpartition(".")[2]: lag for group, lag in lags(log).items()}
        dead = Counter(letter.agent for letter in list_dead_letters(log))
    return {
        name: {
            "state": told.get(name, {}).get("state", "unknown"),
            "cause": told.get(name, {}).get("cause"),
            "lag": behind.get(name, 0),
            "dead_letters": dead[name],
        }
        for name in sorted({*told, *behind, *dead})
    }


def _merge_beats(found: dict[str, Any]) -> None:
    """A process that runs but does not beat does nothing: say so."""
    beats = found.pop("beats", None)
    for part in found["parts"]:
        if beats is None or part["name"] not in BEATING or part["state"] != "running":
            continue
        beat = beats.get(part["name"])
        part["state"] = beat["state"] if beat else "silent"
        part["detail"] = beat["detail"] if beat else {}
