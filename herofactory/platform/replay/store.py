"""Replays in PostgreSQL; each step is told as `replay.changed`, in the transaction that takes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from herofactory.platform.events.replay import ReplayChanged
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection, Row
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.replay import STEPS, Replay, State, Step
from herofactory.platform.replay.target import ReplayRefused

_COLUMNS = (
    "id, target, generation, replaced, plan, state, wanted, forced, done, total, cause, verification, created_at,"
    " updated_at"
)


class Milestones(NamedTuple):
    started_at: datetime | None
    """When its first run began."""
    copied_at: datetime | None
    """When all rows of the database were in, where it begins with those."""


class Replays:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def add(self, transaction: Connection, plan: Plan) -> Replay:
        """Planned."""
        cursor = await transaction.execute(
            "INSERT INTO replays (target, generation, plan, total) VALUES (%s, %s, %s, %s)"
            f" RETURNING {_COLUMNS}".encode(),
            (plan.target, plan.generation, json.dumps(plan.to_json()), plan.records),
        )
        replay = _replay(await cursor.fetchone())
        await self._tell(transaction, replay)
        return replay

    async def request(self, transaction: Connection, target: str, asked: Mapping[str, Any]) -> Replay:
        """To be planned by the worker's child. Raises ReplayRefused where another of this target waits for it."""
        cursor = await transaction.execute(
            "INSERT INTO replays (target, generation, plan, state, wanted) VALUES (%s, 0, %s, 'requested', 'plan')"
            f" ON CONFLICT DO NOTHING RETURNING {_COLUMNS}".encode(),
            (target, json.dumps(asked)),
        )
        row = await cursor.fetchone()
        if row is None:
            raise ReplayRefused(f"another replay of {target} is waiting to be planned; wait for it, or clean it")
        replay = _replay(row)
        await self._tell(transaction, replay)
        return replay

    async def planned(self, transaction: Connection, replay_id: UUID, plan: Plan) -> Replay:
        """What was requested is planned, or refused by its plan."""
        await transaction.execute(
            "UPDATE replays SET generation = %s, plan = %s, total = %s WHERE id = %s AND state = 'requested'",
            (plan.generation, json.dumps(plan.to_json()), plan.records, replay_id),
        )
        cause = "; ".join(plan.refusals) or None
        return await self.come_to(transaction, replay_id, "refused" if cause else "planned", cause=cause)

    async def get(self, connection: Connection, replay_id: UUID) -> Replay:
        """Raises LookupError."""
        cursor = await connection.execute(f"SELECT {_COLUMNS} FROM replays WHERE id = %s".encode(), (replay_id,))
        row = await cursor.fetchone()
        if row is None:
            raise LookupError(f"there is no replay {replay_id}; `hero replay status` shows those there are")
        return _replay(row)

    @staticmethod
    async def list(connection: Connection, target: str | None = None, *, ended: bool = False) -> Sequence[Replay]:
        """Newest first. `ended`: the cleaned ones too."""
        cursor = await connection.execute(
            f"SELECT {_COLUMNS} FROM replays WHERE (%s::text IS NULL OR target = %s) AND (%s OR state <> 'cleaned')"
            " ORDER BY id DESC".encode(),
            (target, target, ended),
        )
        return [_replay(row) for row in await cursor.fetchall()]

    async def come_to(
        self,
        transaction: Connection,
        replay_id: UUID,
        state: State,
        *,
        cause: str | None = None,
        verification: Mapping[str, Any] | None = None,
    ) -> Replay:
        """The state it has reached; what was asked for is done. A run that was asked for is not while it goes on: where
        its machine crashes, the worker takes it up again."""
        cursor = await transaction.execute(
            "UPDATE replays SET state = %s, cause = %s, verification = coalesce(%s, verification),"
            " wanted = CASE WHEN %s AND wanted = 'run' THEN 'run' END, forced = false, updated_at = now()"
            f" WHERE id = %s RETURNING {_COLUMNS}".encode(),
            (state, cause, None if verification is None else json.dumps(verification), state == "running", replay_id),
        )
        replay = _replay(await cursor.fetchone())
        await self._tell(transaction, replay)
        return replay

    async def progress(self, connection: Connection, replay_id: UUID, done: int) -> None:
        """Not told: it changes every second."""
        await connection.execute("UPDATE replays SET done = %s, updated_at = now() WHERE id = %s", (done, replay_id))

    async def takes_the_place_of(self, transaction: Connection, replay_id: UUID, generation: int) -> None:
        """Before the swap: one that is broken off has to know it when it is done again."""
        await transaction.execute("UPDATE replays SET replaced = %s WHERE id = %s", (generation, replay_id))

    async def gave_up(self, transaction: Connection, replay_id: UUID, step: Step, cause: str) -> None:
        """What was wanted could not be done; the state stays."""
        await transaction.execute(
            "UPDATE replays SET wanted = NULL, forced = false, cause = %s, updated_at = now()"
            " WHERE id = %s AND wanted = %s",
            (cause, replay_id, step),
        )

    async def start(self, transaction: Connection, replay_id: UUID) -> None:
        """The first run begins now, unless it began before."""
        await transaction.execute(
            "UPDATE replays SET started_at = coalesce(started_at, now()) WHERE id = %s", (replay_id,)
        )

    async def copied(self, connection: Connection, replay_id: UUID) -> None:
        """The rows of the database are all in the generation."""
        await connection.execute("UPDATE replays SET copied_at = now() WHERE id = %s", (replay_id,))

    async def milestones(self, connection: Connection, replay_id: UUID) -> Milestones:
        cursor = await connection.execute("SELECT started_at, copied_at FROM replays WHERE id = %s", (replay_id,))
        row = await cursor.fetchone()
        return Milestones(row["started_at"], row["copied_at"]) if row else Milestones(None, None)

    async def want(self, transaction: Connection, replay_id: UUID, step: Step, *, forced: bool = False) -> Replay:
        """Ask for a step, which the worker starts. Raises LookupError, and ReplayRefused from a state without it and
        while another step is asked for; a run that is asked for can be stopped."""
        cursor = await transaction.execute(
            "UPDATE replays SET wanted = %s, forced = %s, updated_at = now() WHERE id = %s AND state = ANY(%s)"
            f" AND (wanted IS NULL OR wanted = %s OR %s) RETURNING {_COLUMNS}".encode(),
            (step, forced, replay_id, sorted(STEPS[step]), step, step == "stop"),
        )
        row = await cursor.fetchone()
        if row is None:
            found = await self.get(transaction, replay_id)
            refuse(found, step)
            raise ReplayRefused(f"replay {replay_id} is to take `{found.wanted}` first; wait for it")
        return _replay(row)

    async def _tell(self, transaction: Connection, replay: Replay) -> None:
        event = ReplayChanged(
            replay_id=str(replay.id),
            target=replay.target,
            generation=replay.generation,
            state=replay.state,
            done=replay.done,
            total=replay.total,
            cause=replay.cause,
        )
        await self._outbox.put(transaction, event)


def refuse(replay: Replay, step: Step) -> None:
    """Raises ReplayRefused where the state of `replay` does not allow `step`."""
    if not replay.may(step):
        *others, last = sorted(STEPS[step])
        states = f"{', '.join(others)} or {last}" if others else last
        raise ReplayRefused(f"`{step}` needs a replay in state {states}; replay {replay.id} is {replay.state}")


def _replay(row: Row | None) -> Replay:
    assert row is not None
    return Replay(**row)
