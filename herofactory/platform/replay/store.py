"""Replays in PostgreSQL; each step is told as `replay.changed`, in the transaction that takes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from herofactory.platform.events.replay import ReplayChanged
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection, Row
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.replay import STEPS, Replay, State, Step
from herofactory.platform.replay.target import ReplayRefused

_COLUMNS = "id, target, generation, plan, state, wanted, done, total, cause, verification, created_at, updated_at"


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

    async def get(self, connection: Connection, replay_id: UUID) -> Replay:
        """Raises LookupError."""
        cursor = await connection.execute(f"SELECT {_COLUMNS} FROM replays WHERE id = %s".encode(), (replay_id,))
        row = await cursor.fetchone()
        if row is None:
            raise LookupError(f"there is no replay {replay_id}; `hero replay status` shows those there are")
        return _replay(row)

    async def list(self, connection: Connection, target: str | None = None, *, ended: bool = False) -> Sequence[Replay]:
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
        """The state it has reached; what was asked for is done."""
        cursor = await transaction.execute(
            "UPDATE replays SET state = %s, cause = %s, verification = coalesce(%s, verification), wanted = NULL,"
            f" updated_at = now() WHERE id = %s RETURNING {_COLUMNS}".encode(),
            (state, cause, None if verification is None else json.dumps(verification), replay_id),
        )
        replay = _replay(await cursor.fetchone())
        await self._tell(transaction, replay)
        return replay

    async def progress(self, connection: Connection, replay_id: UUID, done: int) -> None:
        """Not told: it changes every second."""
        await connection.execute("UPDATE replays SET done = %s, updated_at = now() WHERE id = %s", (done, replay_id))

    async def want(self, transaction: Connection, replay_id: UUID, step: Step) -> Replay:
        """Ask for a step, which the worker starts. Raises LookupError, and ReplayRefused from a state without it."""
        cursor = await transaction.execute(
            f"UPDATE replays SET wanted = %s, updated_at = now() WHERE id = %s AND state = ANY(%s)"
            f" RETURNING {_COLUMNS}".encode(),
            (step, replay_id, sorted(STEPS[step])),
        )
        row = await cursor.fetchone()
        if row is None:
            refuse(await self.get(transaction, replay_id), step)
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
        states = ", ".join(sorted(STEPS[step]))
        raise ReplayRefused(f"replay {replay.id} is {replay.state}; `{step}` needs one that is {states}")


def _replay(row: Row | None) -> Replay:
    assert row is not None
    return Replay(**row)
