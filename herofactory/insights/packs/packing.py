"""Packs: of a day, made in the database of the rows that were merged; of other rows, made here."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from herofactory.insights.packs.kind import PARTS, Kind
from herofactory.platform.postgres.database import Connection, Row

_ZERO = "'\\x00'::bytea"
_DELETE = "DELETE FROM day_packs WHERE generation = %s AND day = %s AND kind = %s"


async def pack(transaction: Connection, kind: Kind, generation: int, day: date) -> None:
    """The day's packs are made of its rows in `kind.days` from now on."""
    await transaction.execute(_DELETE, (generation, day, kind.name))
    await transaction.execute(_insert(kind).encode(), (kind.name, generation, day))


def packed(kind: Kind, rows: Iterable[Row]) -> Mapping[int, Row]:
    """By part: what the columns of `day_packs` would be. `rows`: of different names, as a table of days has them."""
    parts: dict[int, list[Row]] = {}
    for row in rows:
        parts.setdefault(_part(row[kind.key]), []).append(row)
    return {part: _packed(kind, within) for part, within in parts.items()}


def _insert(kind: Kind) -> str:
    sums = " || ".join(f"int4send({name})" for name in kind.sums)
    sizes = " || ".join(f"int4send(octet_length({name}) / 8)" for name in kind.sets)
    people = " || ".join(_joined(name) for name in kind.sets)
    name = f"convert_to({kind.key}::text, 'UTF8')"
    return f"""INSERT INTO day_packs (generation, day, kind, part, simulated, names, sums, sizes, people)
        SELECT generation, day, %s, get_byte(sha256(name), 0) %% {PARTS}, simulated,
            {_joined("name", _ZERO)}, {_joined(sums)}, {_joined(sizes)}, {people}
        FROM (SELECT *, {name} AS name FROM {kind.days} WHERE generation = %s AND day = %s) AS rows
        GROUP BY 1, 2, 4, 5"""


def _joined(values: str, between: str = "''") -> str:
    return f"string_agg({values}, {between} ORDER BY name)"


def _part(name: object) -> int:
    return hashlib.sha256(str(name).encode()).digest()[0] % PARTS


def _packed(kind: Kind, rows: Sequence[Row]) -> Row:
    return {
        "names": b"\0".join(str(row[kind.key]).encode() for row in rows),
        "sums": _sent(int(row[name]) for row in rows for name in kind.sums),
        "sizes": _sent(len(row[name]) // 8 for row in rows for name in kind.sets),
        "people": b"".join(row[name] for name in kind.sets for row in rows),
    }


def _sent(numbers: Iterable[int]) -> bytes:
    found = [*numbers]
    return struct.pack(f">{len(found)}i", *found)
