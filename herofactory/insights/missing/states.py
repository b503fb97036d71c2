"""What became of missing terms: the SQL of `missing_terms`.

Rows with `simulated` are those of the view that counts simulated searches too; it has states of its own, so that
nothing done while looking at it touches the real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from herofactory.platform.events.search import MissingKind
from herofactory.platform.postgres.database import Connection, Row


class State(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    DISMISSED = "dismissed"


class UnknownTerm(LookupError):
    """A term that nobody misses, or that the keeper has not noticed yet."""


@dataclass(frozen=True, slots=True)
class MissingState:
    simulated: bool
    term: str
    form: str
    kind: MissingKind
    state: State
    first_at: datetime
    last_at: datetime
    announced_people: int = 0
    answered_by: UUID | None = None
    answered_at: datetime | None = None
    found_at: datetime | None = None
    """When a search for it first found something."""
    dismissed_by: str | None = None
    dismissed_at: datetime | None = None


_COLUMNS = (
    "simulated, term, form, kind, state, first_at, last_at, announced_people, answered_by, answered_at, found_at,"
    " dismissed_by, dismissed_at"
)
_ONE = f"SELECT {_COLUMNS} FROM missing_terms WHERE simulated = %s AND term = %s"
_NOTED = """INSERT INTO missing_terms AS known (simulated, term, form, tokens, kind, first_at, last_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (simulated, term) DO UPDATE
    SET form = excluded.form, tokens = excluded.tokens, kind = excluded.kind,
        first_at = least(known.first_at, excluded.first_at), last_at = greatest(known.last_at, excluded.last_at)
    WHERE known.state = 'open'"""
_ANSWERED = f"""UPDATE missing_terms SET state = 'answered', answered_by = %s, answered_at = %s, found_at = %s
    WHERE simulated = %s AND term = %s AND state = 'open' RETURNING {_COLUMNS}"""
_REOPENED = """UPDATE missing_terms SET state = 'open', answered_by = NULL, answered_at = NULL, found_at = NULL,
    dismissed_by = NULL, dismissed_at = NULL"""


async def load(connection: Connection, simulated: bool) -> dict[str, MissingState]:
    """All of a view, by term."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM missing_terms WHERE simulated = %s".encode(), (simulated,)
    )
    return {row["term"]: _state(row) for row in await cursor.fetchall()}


async def get(connection: Connection, simulated: bool, term: str) -> MissingState | None:
    cursor = await connection.execute(_ONE.encode(), (simulated, term))
    row = await cursor.fetchone()
    return _state(row) if row else None


async def noted(transaction: Connection, state: MissingState, tokens: Sequence[str]) -> None:
    """A row for an open term; an open one's form, kind and times are brought up to date."""
    await transaction.execute(
        _NOTED,
        (state.simulated, state.term, state.form, list(tokens), state.kind, state.first_at, state.last_at),
    )


async def announced(transaction: Connection, term: str, people: int) -> None:
    await transaction.execute(
        "UPDATE missing_terms SET announced_people = %s WHERE NOT simulated AND term = %s", (people, term)
    )


async def forgotten(transaction: Connection, simulated: bool, terms: Sequence[str]) -> None:
    """Open ones that nobody misses any more."""
    await transaction.execute(
        "DELETE FROM missing_terms WHERE simulated = %s AND term = ANY(%s) AND state = 'open'", (simulated, list(terms))
    )


async def answered(
    transaction: Connection, simulated: bool, term: str, item_id: UUID, at: datetime, found_at: datetime | None = None
) -> MissingState | None:
    """None where it is not open: answered before, dismissed, or gone."""
    cursor = await transaction.execute(_ANSWERED.encode(), (item_id, at, found_at, simulated, term))
    row = await cursor.fetchone()
    return _state(row) if row else None


async def found(transaction: Connection, simulated: bool, term: str, at: datetime) -> None:
    await transaction.execute(
        "UPDATE missing_terms SET found_at = %s WHERE simulated = %s AND term = %s AND state = 'answered'"
        " AND found_at IS NULL",
        (at, simulated, term),
    )


async def open_within(connection: Connection, tokens: Sequence[str]) -> Sequence[MissingState]:
    """Open terms without results whose words are all in `tokens`."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM missing_terms WHERE state = 'open' AND kind = 'no_results' AND tokens <@ %s::text[]"
        " AND cardinality(tokens) > 0 ORDER BY simulated, term".encode(),
        (list(tokens),),
    )
    return [_state(row) for row in await cursor.fetchall()]


async def answered_by(connection: Connection, item_id: UUID) -> Sequence[MissingState]:
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM missing_terms WHERE state = 'answered' AND answered_by = %s"
        " ORDER BY simulated, term".encode(),
        (item_id,),
    )
    return [_state(row) for row in await cursor.fetchall()]


async def handed_over(transaction: Connection, state: MissingState, item_id: UUID) -> None:
    """Another item answers it as well, now that the first one is gone."""
    await transaction.execute(
        "UPDATE missing_terms SET answered_by = %s WHERE simulated = %s AND term = %s AND answered_by = %s",
        (item_id, state.simulated, state.term, state.answered_by),
    )


async def unanswered(transaction: Connection, state: MissingState) -> None:
    """Open again, unless another item answered it meanwhile."""
    await transaction.execute(
        f"{_REOPENED} WHERE simulated = %s AND term = %s AND state = 'answered' AND answered_by = %s".encode(),
        (state.simulated, state.term, state.answered_by),
    )


async def dismiss(transaction: Connection, term: str, by: str, at: datetime, *, simulated: bool = False) -> None:
    """Nobody is to be told of it again; once more changes nothing. Raises UnknownTerm."""
    cursor = await transaction.execute(
        "UPDATE missing_terms SET state = 'dismissed', dismissed_by = CASE state WHEN 'dismissed' THEN dismissed_by"
        " ELSE %s END, dismissed_at = CASE state WHEN 'dismissed' THEN dismissed_at ELSE %s END"
        " WHERE simulated = %s AND term = %s",
        (by, at, simulated, term),
    )
    if not cursor.rowcount:
        raise UnknownTerm(f"{term!r} is no missing term; take `term`, not `form`, from the list of missing terms")


async def reopen(transaction: Connection, term: str, *, simulated: bool = False) -> None:
    """Dismissed or answered, it is open again. Raises UnknownTerm."""
    cursor = await transaction.execute(f"{_REOPENED} WHERE simulated = %s AND term = %s".encode(), (simulated, term))
    if not cursor.rowcount:
        raise UnknownTerm(f"{term!r} is no missing term; take `term`, not `form`, from the list of missing terms")


def _state(row: Row) -> MissingState:
    return MissingState(**{**row, "state": State(row["state"])})
