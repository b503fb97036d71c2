"""Consumer groups: Kafka's join and sync, as statements inside write transactions.

A change of members raises the group's *generation*. Every member then stops, commits and syncs to the new generation;
when all have, the oldest computes the assignment. A member is *fenced*, its commits refused, as soon as it is expelled
or the group has moved on without it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_NOT_SYNCED = -1

Assign = Callable[[Mapping[str, bytes]], Mapping[str, bytes]]
"""Members' metadata -> members' assignments. Runs inside the transaction: pure, and no slower than milliseconds."""


@dataclass(frozen=True, slots=True)
class Synced:
    generation: int
    assignment: bytes | None
    """None: other members have yet to sync."""


@dataclass(frozen=True, slots=True)
class Membership:
    """One member of one group. Every method is work for the log's writer: it runs inside a write transaction."""

    group: str
    member: str
    session_timeout_s: float
    """A member that was not heard of for so long is dead and expelled."""
    rebalance_timeout_s: float
    """A member that lives but does not sync for so long hangs and is expelled."""

    def join(self, cursor: sqlite3.Cursor) -> None:
        cursor.execute("INSERT OR IGNORE INTO groups VALUES (?,0,0,?)", (self.group, time.time()))
        cursor.execute(
            'INSERT INTO members ("group", member, beat, generation) VALUES (?,?,?,?) '
            'ON CONFLICT ("group", member) DO UPDATE SET beat=excluded.beat',
            (self.group, self.member, time.time(), _NOT_SYNCED),
        )
        self._next_generation(cursor)

    def leave(self, cursor: sqlite3.Cursor) -> None:
        cursor.execute('DELETE FROM members WHERE "group"=? AND member=?', (self.group, self.member))
        if cursor.rowcount:
            self._next_generation(cursor)

    def beat(self, cursor: sqlite3.Cursor) -> int:
        """Show a sign of life, expel the dead, come back if expelled oneself. Returns the group's generation."""
        now = time.time()
        mine = (self.group, self.member)
        cursor.execute('UPDATE members SET beat=? WHERE "group"=? AND member=?', (now, *mine))
        if cursor.rowcount == 0:
            self.join(cursor)
        # A sign of life from the future (the clock was set back) would never grow old.
        cursor.execute(
            'DELETE FROM members WHERE "group"=? AND (beat<? OR beat>?)',
            (self.group, now - self.session_timeout_s, now + self.session_timeout_s),
        )
        if cursor.rowcount:
            self._next_generation(cursor)
        return self._state(cursor)[0]

    def sync(self, cursor: sqlite3.Cursor, metadata: bytes, assign: Assign) -> Synced:
        """Having stopped and committed: ask for partitions of the current generation."""
        self.beat(cursor)
        generation, assigned, since = self._state(cursor)
        cursor.execute(
            "UPDATE members SET metadata=?, assignment=CASE WHEN generation=? THEN assignment END, generation=? "
            'WHERE "group"=? AND member=?',
            (metadata, generation, generation, self.group, self.member),
        )
        if assigned < generation:
            if time.time() - since > self.rebalance_timeout_s:
                cursor.execute('DELETE FROM members WHERE "group"=? AND generation<>?', (self.group, generation))
            assigned = self._assign(cursor, generation, assign)
        found = cursor.execute(
            'SELECT assignment FROM members WHERE "group"=? AND member=?', (self.group, self.member)
        ).fetchone()
        return Synced(generation, found[0] if assigned == generation else None)

    def commit(self, cursor: sqlite3.Cursor, generation: int, offsets: Mapping[tuple[int, int], int]) -> bool:
        """Store next offsets by (topic id, partition). False, and nothing stored: this member is fenced."""
        found = cursor.execute(
            'SELECT generation FROM members WHERE "group"=? AND member=?', (self.group, self.member)
        ).fetchone()
        if found is None or found[0] != generation:
            return False
        store(cursor, self.group, offsets)
        return True

    def _assign(self, cursor: sqlite3.Cursor, generation: int, assign: Assign) -> int:
        members = cursor.execute(
            'SELECT member, generation, metadata FROM members WHERE "group"=? ORDER BY seq', (self.group,)
        ).fetchall()
        if members[0][0] != self.member or any(synced != generation for _, synced, _ in members):
            return generation - 1
        assignments = assign({member: metadata for member, _, metadata in members})
        cursor.executemany(
            'UPDATE members SET assignment=? WHERE "group"=? AND member=?',
            [(assignment, self.group, member) for member, assignment in assignments.items()],
        )
        cursor.execute("UPDATE groups SET assigned=? WHERE name=?", (generation, self.group))
        return generation

    def _state(self, cursor: sqlite3.Cursor) -> tuple[int, int, float]:
        row = cursor.execute("SELECT generation, assigned, since FROM groups WHERE name=?", (self.group,)).fetchone()
        return row[0], row[1], row[2]

    def _next_generation(self, cursor: sqlite3.Cursor) -> None:
        cursor.execute("UPDATE groups SET generation=generation+1, since=? WHERE name=?", (time.time(), self.group))


def store(cursor: sqlite3.Cursor, group: str, offsets: Mapping[tuple[int, int], int]) -> None:
    cursor.executemany(
        'INSERT INTO offsets VALUES (?,?,?,?) ON CONFLICT ("group", topic, partition) DO UPDATE SET next=excluded.next',
        [(group, topic, partition, offset) for (topic, partition), offset in offsets.items()],
    )
