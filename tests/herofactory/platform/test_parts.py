"""Processes that tell of themselves, several of one name among them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest

from herofactory.platform.parts import Heartbeat, Part, named, read_parts, this_host
from herofactory.platform.postgres.database import Database

pytestmark = pytest.mark.anyio
NOBODY = 2**22 + 1
"""No process has this id: it is beyond the kernel's highest."""


def running() -> tuple[str, Mapping[str, Any]]:
    return "running", {}


async def parts(database: Database) -> dict[str, Part]:
    async with database.connection() as connection:
        return {part.instance: part for part in await read_parts(connection)}


async def beat(database: Database, instance: str, pid: int, ago_s: float = 0.0) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            """INSERT INTO parts (name, instance, pid, state, beat_at)
               VALUES ('worker', %s, %s, 'running', clock_timestamp() - make_interval(secs => %s))""",
            (instance, pid, ago_s),
        )


async def test_workers_of_several_machines_have_a_row_each(database: Database) -> None:
    await beat(database, "elsewhere:7", 7)
    heart = Heartbeat(database, "worker", running)
    ours = f"{this_host()}:{os.getpid()}"
    await heart._beat()
    assert (await parts(database)).keys() == {ours, "elsewhere:7"}
    await heart._leave()
    assert (await parts(database)).keys() == {"elsewhere:7"}


async def test_a_killed_predecessor_and_what_is_stale_go_with_the_first_beat(database: Database) -> None:
    await beat(database, f"{this_host()}:{NOBODY}", NOBODY)
    await beat(database, f"{this_host()}:{os.getppid()}", os.getppid())
    await beat(database, "elsewhere:7", 7, ago_s=60)
    await Heartbeat(database, "worker", running)._beat()
    async with database.connection() as connection:
        rows = await (await connection.execute("SELECT pid FROM parts")).fetchall()
    assert {row["pid"] for row in rows} == {os.getpid(), os.getppid()}


async def test_only_names_that_several_bear_are_told_apart(database: Database) -> None:
    await beat(database, "one:1", 1)
    assert list(named(list((await parts(database)).values()))) == ["worker"]
    await beat(database, "two:1", 1)
    assert list(named(list((await parts(database)).values()))) == ["worker one:1", "worker two:1"]
