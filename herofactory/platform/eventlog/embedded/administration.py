"""What others than its members may do to a consumer group: look at it, move it, forget it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping

from herofactory.platform.eventlog.embedded.alive import Alive
from herofactory.platform.eventlog.embedded.groups import store
from herofactory.platform.eventlog.port import GroupBusy

SILENT_S = 600.0
"""Beyond it a member is dead also where its process cannot be asked. Ten times the longest session timeout."""


def members(connection: sqlite3.Connection | sqlite3.Cursor, group: str, alive: Alive) -> int:
    """The living ones. A killed process stays in the table until another member of its group notices."""
    rows = connection.execute('SELECT process, beat FROM members WHERE "group"=?', (group,)).fetchall()
    now = time.time()
    return sum(abs(now - beat) <= SILENT_S and not alive.is_dead(process) for process, beat in rows)


def commit(cursor: sqlite3.Cursor, group: str, alive: Alive, offsets: Mapping[tuple[int, int], int]) -> None:
    """Next offsets by (topic id, partition). Raises GroupBusy."""
    _expel(cursor, group, alive)
    store(cursor, group, offsets)


def forget(cursor: sqlite3.Cursor, group: str, alive: Alive) -> None:
    """Raises GroupBusy."""
    _expel(cursor, group, alive)
    cursor.execute('DELETE FROM offsets WHERE "group"=?', (group,))
    cursor.execute("DELETE FROM groups WHERE name=?", (group,))


def _expel(cursor: sqlite3.Cursor, group: str, alive: Alive) -> None:
    """The dead, so that one that only seemed so finds itself fenced when it comes back."""
    living = members(cursor, group, alive)
    if living:
        raise GroupBusy(
            f"Group {group!r} has {living} live {'member' if living == 1 else 'members'}, which would commit their own "
            "offsets over what is asked for. Stop the workers that read under it first."
        )
    cursor.execute('DELETE FROM members WHERE "group"=?', (group,))
