"""The hashes of items' pictures: the SQL of `item_looks`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from herofactory.insights.generations import LOOKS
from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.replay.target import Entry

# Only of an item that can be found, as it is now: a late write can neither revive nor turn back anything.
_SAVED = """INSERT INTO item_looks AS known (generation, item_id, revision, sha256, dhash)
    SELECT %s, items.id, items.revision, seen.sha256, seen.dhash::bit(64)
    FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::bigint[]) AS seen (item_id, revision, sha256, dhash)
    JOIN items ON items.id = seen.item_id AND items.revision = seen.revision AND items.status = 'approved'
    ON CONFLICT (generation, item_id) DO UPDATE
    SET revision = excluded.revision, sha256 = excluded.sha256, dhash = excluded.dhash
    WHERE known.revision < excluded.revision"""
_UNCHANGED = """UPDATE item_looks SET revision = greatest(item_looks.revision, told.revision)
    FROM unnest(%s::uuid[], %s::bigint[]) AS told (item_id, revision), items, assets
    WHERE item_looks.generation = %s
    AND item_looks.item_id = items.id AND items.id = told.item_id AND items.revision = told.revision
    AND assets.id = items.image_id AND assets.sha256 = item_looks.sha256 RETURNING item_looks.item_id"""
_REMOVED = """DELETE FROM item_looks USING unnest(%s::uuid[], %s::bigint[]) AS told (item_id, revision)
    WHERE generation = %s AND item_looks.item_id = told.item_id AND item_looks.revision <= told.revision"""
_GOT = f"""SELECT item_id, dhash::bigint AS dhash FROM item_looks
    WHERE generation = {LOOKS.in_use} AND item_id = ANY(%s)"""
_NEAREST = f"""SELECT item_id, sha256, dhash::bigint AS dhash, bit_count(dhash # %s::bigint::bit(64))::int AS apart
    FROM item_looks WHERE generation = {LOOKS.in_use} AND bit_count(dhash # %s::bigint::bit(64)) <= %s
    AND item_id <> %s ORDER BY apart, item_id LIMIT %s"""
_ALL = """SELECT item_id, revision, sha256(convert_to(ROW(sha256, dhash)::text, 'UTF8')) AS digest FROM item_looks
    WHERE generation = %s AND item_id > %s ORDER BY item_id LIMIT %s"""
_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Look:
    item_id: UUID
    dhash: int


@dataclass(frozen=True, slots=True)
class Seen:
    """The picture of an item at a revision."""

    item_id: UUID
    revision: int
    sha256: str
    dhash: int


async def save(transaction: Connection, generation: int, seen: Sequence[Seen]) -> int:
    """How many were kept: none of an item that has changed since that revision, or is gone."""
    rows = [(each.item_id, each.revision, each.sha256, _signed(each.dhash)) for each in seen]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 4
    cursor = await transaction.execute(_SAVED, [generation, *columns])
    return cursor.rowcount


async def unchanged(transaction: Connection, generation: int, revisions: Mapping[UUID, int]) -> set[UUID]:
    """Those whose hash is of the picture that they have at that revision; notes the revision."""
    cursor = await transaction.execute(_UNCHANGED, (list(revisions), list(revisions.values()), generation))
    return {row["item_id"] for row in await cursor.fetchall()}


async def remove(transaction: Connection, generation: int, revisions: Mapping[UUID, int]) -> None:
    """Of items that are gone, or have no picture, since that revision."""
    await transaction.execute(_REMOVED, (list(revisions), list(revisions.values()), generation))


async def get(connection: Connection, item_ids: Sequence[UUID]) -> dict[UUID, Look]:
    """Of the generation that readers use; so does `nearest`."""
    cursor = await connection.execute(_GOT.encode(), (list(item_ids),))
    return {row["item_id"]: Look(row["item_id"], _unsigned(row["dhash"])) for row in await cursor.fetchall()}


async def nearest(connection: Connection, look: Look, most: int, limit: int) -> list[tuple[Look, int]]:
    """Others at most `most` bits apart, the nearest first, each with its distance."""
    bits = _signed(look.dhash)
    cursor = await connection.execute(_NEAREST.encode(), (bits, bits, most, look.item_id, limit))
    return [(Look(row["item_id"], _unsigned(row["dhash"])), row["apart"]) for row in await cursor.fetchall()]


async def entries(database: Database, generation: int) -> AsyncIterator[Entry]:
    """All of a generation, ordered by id, a page in memory at a time."""
    last = UUID(int=0)
    while rows := await database.fetch(_ALL, generation, last, _PAGE):
        for row in rows:
            item_id = str(row["item_id"])
            yield Entry(item_id, item_id, row["revision"], row["digest"])
        last = rows[-1]["item_id"]


def _signed(dhash: int) -> int:
    return dhash - 2**64 if dhash >= 2**63 else dhash


def _unsigned(number: int) -> int:
    return number % 2**64
