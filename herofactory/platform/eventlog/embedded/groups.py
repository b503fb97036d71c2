"""Consumer groups: Kafka's join and sync, as statements inside write transactions.

A change of members raises the group's *generation*. Every member then stops, commits and syncs to the new generation;
when all have, the oldest computes the assignment. A member is *fenced*, its commits refused, as soon as it is expelled
or the group has moved on without it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from herofactory.platform.eventlog.embedded.alive import Alive

_NOT_SYNCED = -1


@dataclass(frozen=True, slots=True)
class GroupView:
    """What one member sees of its group."""

    generation: int
    assignment: bytes | None
    """What this member got in this generation; None while there is no assignment yet."""
    to_assign: Mapping[str, bytes]
    """All members' metadata, once all have synced and it is this member's turn to `assign`; else empty."""
    in_vain: tuple[str, ...]
    """Members that the others wait for in vain: dead, or hanging for longer than the rebalance timeout. To `expel`."""


@dataclass(frozen=True, slots=True)
class Membership:
    """One member of one group. What takes a cursor is work for the log's writer: it runs in a write transaction."""

    group: str
    member: str
    session_timeout_s: float
    """A member that was not heard of for so long is dead and expelled."""
    rebalance_timeout_s: float
    """A member that lives but does not sync for so long hangs and is expelled."""
    alive: Alive
    """Tells at once that a process is dead."""

    def join(self, cursor: sqlite3.Cursor) -> None:
        cursor.execute("INSERT OR IGNORE INTO groups VALUES (?,0,0,?)", (self.group, time.time()))
        cursor.execute(
            'INSERT INTO members ("group", member, process, beat, generation) VALUES (?,?,?,?,?) '
            'ON CONFLICT ("group", member) DO UPDATE SET beat=excluded.beat',
            (self.group, self.member, self.alive.token, time.time(), _NOT_SYNCED),
        )
        self._next_generation(cursor)

    def leave(self, cursor: sqlite3.Cursor) -> None:
        cursor.execute('DELETE FROM members WHERE "group"=? AND member=?', (self.group, self.member))
        if cursor.rowcount:
            self._next_generation(cursor)

    def beat(self, cursor: sqlite3.Cursor) -> int | None:
        """Show a sign of life, expel the dead. Returns the group's generation; None: this member was expelled itself.

        It comes back with `sync`, not here: one that hangs, but whose heart beats, must stay out.
        """
        now = time.time()
        cursor.execute('UPDATE members SET beat=? WHERE "group"=? AND member=?', (now, self.group, self.member))
        expelled = cursor.rowcount == 0
        members = cursor.execute('SELECT member, process, beat FROM members WHERE "group"=?', (self.group,)).fetchall()
        # abs: a sign of life from the future (the clock was set back) would never grow old.
        dead = [
            m for m, process, beat in members if abs(now - beat) > self.session_timeout_s or self.alive.is_dead(process)
        ]
        if dead:
            self._delete(cursor, dead)
            self._next_generation(cursor)
        return None if expelled else self._state(cursor)[0]

    def sync(self, cursor: sqlite3.Cursor, metadata: bytes) -> int:
        """Having stopped and committed: ready for the generation that is returned. The assignment appears in `view`."""
        if self.beat(cursor) is None:
            self.join(cursor)
        generation = self._state(cursor)[0]
        cursor.execute(
            'UPDATE members SET metadata=?, assignment=NULL, generation=? WHERE "group"=? AND member=?',
            (metadata, generation, self.group, self.member),
        )
        return generation

    def view(self, connection: sqlite3.Connection) -> GroupView:
        """Reads only: for waiting."""
        generation, assigned, since = self._state(connection.cursor())
        members = connection.execute(
            'SELECT member, generation, metadata, assignment, process FROM members WHERE "group"=? ORDER BY seq',
            (self.group,),
        ).fetchall()
        if assigned == generation:
            return GroupView(generation, next((row[3] for row in members if row[0] == self.member), None), {}, ())
        overdue = time.time() - since > self.rebalance_timeout_s
        waited_for = [row[0] for row in members if row[1] != generation and (overdue or self.alive.is_dead(row[4]))]
        turn = members and members[0][0] == self.member and all(row[1] == generation for row in members)
        return GroupView(generation, None, {row[0]: row[2] for row in members} if turn else {}, tuple(waited_for))

    def assign(self, cursor: sqlite3.Cursor, generation: int, assignments: Mapping[str, bytes]) -> None:
        """Give every member its part, unless the group has moved on since `view`."""
        if self._state(cursor)[0] != generation:
            return
        cursor.executemany(
            'UPDATE members SET assignment=? WHERE "group"=? AND member=?',
            [(assignment, self.group, member) for member, assignment in assignments.items()],
        )
        cursor.execute("UPDATE groups SET assigned=? WHERE name=?", (generation, self.group))

    def expel(self, cursor: sqlite3.Cursor, generation: int, members: Sequence[str]) -> None:
        """Go on without `members`, unless the group has moved on since `view`."""
        if self._state(cursor)[0] == generation:
            self._delete(cursor, members)

    def commit(self, cursor: sqlite3.Cursor, generation: int, offsets: Mapping[tuple[int, int], int]) -> bool:
        """Store next offsets by (topic id, partition). False, and nothing stored: this member is fenced."""
        found = cursor.execute(
            'SELECT generation FROM members WHERE "group"=? AND member=?', (self.group, self.member)
        ).fetchone()
        if found is None or found[0] != generation:
            return False
        store(cursor, self.group, offsets)
        return True

    def _delete(self, cursor: sqlite3.Cursor, members: Sequence[str]) -> None:
        cursor.executemany(
            'DELETE FROM members WHERE "group"=? AND member=?', [(self.group, member) for member in members]
        )

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
