"""The hashes of items' pictures: the SQL of `item_looks`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from herofactory.platform.postgres.database import Connection

# Only of an item that can be found, as it is now: a late write can neither revive nor turn back anything.
_SAVED = """INSERT INTO item_looks AS known (item_id, revision, sha256, dhash)
    SELECT id, revision, %(sha256)s, %(dhash)s::bigint::bit(64) FROM items
    WHERE id = %(item_id)s AND revision = %(revision)s AND status = 'approved'
    ON CONFLICT (item_id) DO UPDATE SET revision = excluded.revision, sha256 = excluded.sha256, dhash = excluded.dhash
    WHERE known.revision < excluded.revision"""
_UNCHANGED = """UPDATE item_looks SET revision = greatest(item_looks.revision, %(revision)s) FROM items, assets
    WHERE item_id = items.id AND items.id = %(item_id)s AND assets.id = items.image_id
    AND assets.sha256 = item_looks.sha256 AND items.revision = %(revision)s RETURNING item_id"""
_NEAREST = """SELECT item_id, sha256, dhash::bigint AS dhash, bit_count(dhash # %s::bigint::bit(64))::int AS apart
    FROM item_looks WHERE bit_count(dhash # %s::bigint::bit(64)) <= %s AND item_id <> %s
    ORDER BY apart, item_id LIMIT %s"""


@dataclass(frozen=True, slots=True)
class Look:
    item_id: UUID
    dhash: int


async def save(transaction: Connection, item_id: UUID, revision: int, sha256: str, dhash: int) -> bool:
    """False where the item has changed since that revision, or is gone."""
    cursor = await transaction.execute(
        _SAVED, {"item_id": item_id, "revision": revision, "sha256": sha256, "dhash": _signed(dhash)}
    )
    return bool(cursor.rowcount)


async def unchanged(transaction: Connection, item_id: UUID, revision: int) -> bool:
    """Whether the hash is of the picture that the item has at `revision`; notes the revision."""
    cursor = await transaction.execute(_UNCHANGED, {"item_id": item_id, "revision": revision})
    return bool(cursor.rowcount)


async def remove(transaction: Connection, item_id: UUID, revision: int) -> None:
    """Of an item that is gone, or has no picture, since `revision`."""
    await transaction.execute("DELETE FROM item_looks WHERE item_id = %s AND revision <= %s", (item_id, revision))


async def get(connection: Connection, item_ids: Sequence[UUID]) -> dict[UUID, Look]:
    cursor = await connection.execute(
        "SELECT item_id, dhash::bigint AS dhash FROM item_looks WHERE item_id = ANY(%s)", (list(item_ids),)
    )
    return {row["item_id"]: Look(row["item_id"], _unsigned(row["dhash"])) for row in await cursor.fetchall()}


async def nearest(connection: Connection, look: Look, most: int, limit: int) -> list[tuple[Look, int]]:
    """Others at most `most` bits apart, the nearest first, each with its distance."""
    bits = _signed(look.dhash)
    cursor = await connection.execute(_NEAREST, (bits, bits, most, look.item_id, limit))
    return [(Look(row["item_id"], _unsigned(row["dhash"])), row["apart"]) for row in await cursor.fetchall()]


def _signed(dhash: int) -> int:
    return dhash - 2**64 if dhash >= 2**63 else dhash


def _unsigned(number: int) -> int:
    return number % 2**64
