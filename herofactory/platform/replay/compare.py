"""Two generations held against each other: entries side by side by id, counted and hashed in buckets."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal, NamedTuple

from herofactory.platform.replay.target import Entry

BUCKETS = 256
LISTED = 1_000
"""Differences that are named; all are counted."""
HELD = 100_000
"""Pairs that differ and may be looked at again. What lies beyond differs for good: so much is no live traffic."""
_SUM = 1 << 64

Why = Literal["missing", "extra", "revision", "content"]
"""Of the new generation: it lacks the entry, the old one does; another revision; the same revision, other content."""
Pair = tuple[Entry | None, Entry | None]
"""(old, new) of one id; at most one is None."""


class Difference(NamedTuple):
    id: str
    scope: str
    why: Why


class Tally:
    """What one generation holds. The sums do not depend on the order, so that entries may be added in rounds."""

    def __init__(self) -> None:
        self.entries = 0
        self._sums = [0] * BUCKETS

    def add(self, entry: Entry) -> None:
        self.entries += 1
        digest = blake2b(f"{entry.id}\0{entry.revision}\0".encode() + entry.digest, digest_size=8).digest()
        bucket = bucket_of(entry.id)
        self._sums[bucket] = (self._sums[bucket] + int.from_bytes(digest)) % _SUM

    @property
    def buckets(self) -> Sequence[str]:
        """One hash per bucket: the sum of its entries' hashes, in hex."""
        return [f"{each:016x}" for each in self._sums]

    @property
    def hash(self) -> str:
        return blake2b("".join(self.buckets).encode(), digest_size=16).hexdigest()


@dataclass(slots=True)
class Comparison:
    """Add pairs to it until none is open."""

    partial: bool = False
    """The new generation holds a part by its plan: what it lacks is counted, and is no difference."""
    lacking: int = 0
    old: Tally = field(default_factory=Tally)
    new: Tally = field(default_factory=Tally)
    equal: int = 0
    why: Counter[Why] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    """The first LISTED."""

    @property
    def differing(self) -> int:
        return self.why.total()

    @property
    def differing_buckets(self) -> Sequence[int]:
        pairs = zip(self.old.buckets, self.new.buckets, strict=True)
        return [number for number, (old, new) in enumerate(pairs) if old != new]

    def add(self, pair: Pair) -> None:
        """For good."""
        old, new = pair
        if self.partial and new is None:
            self.lacking += 1
            return
        if old:
            self.old.add(old)
        if new:
            self.new.add(new)
        found = difference(pair)
        if found is None:
            self.equal += 1
            return
        self.why[found.why] += 1
        if len(self.differences) < LISTED:
            self.differences.append(found)


def bucket_of(entry_id: str) -> int:
    return blake2b(entry_id.encode(), digest_size=1).digest()[0]


def difference(pair: Pair) -> Difference | None:
    old, new = pair
    if new is None:
        assert old is not None
        return Difference(old.id, old.scope, "missing")
    if old is None:
        return Difference(new.id, new.scope, "extra")
    if old.revision != new.revision:
        return Difference(new.id, new.scope, "revision")
    return None if old.digest == new.digest else Difference(new.id, new.scope, "content")


def _is_open(pair: Pair, comparison: Comparison) -> bool:
    return difference(pair) is not None and not (comparison.partial and pair[1] is None)


def scopes_of(pair: Pair) -> set[str]:
    return {entry.scope for entry in pair if entry}


async def compare(
    old: AsyncIterator[Entry], new: AsyncIterator[Entry], into: Comparison, only: Collection[str] | None = None
) -> Mapping[str, Pair]:
    """Adds what is equal to `into`; returns what is not, by id, for the caller to judge.

    `only`: the ids that are still open. Raises ValueError where entries are not ordered by id.
    """
    held: dict[str, Pair] = {}
    async for pair in side_by_side(old, new):
        first = pair[0] or pair[1]
        assert first is not None
        if only is not None and first.id not in only:
            continue
        if _is_open(pair, into) and len(held) < HELD:
            held[first.id] = pair
        else:
            into.add(pair)
    return held


async def side_by_side(old: AsyncIterator[Entry], new: AsyncIterator[Entry]) -> AsyncIterator[Pair]:
    """Every id of either, in order."""
    left, right = _Ordered(old, "old"), _Ordered(new, "new")
    first, second = await left.next(), await right.next()
    while first or second:
        if second is None or (first is not None and first.id < second.id):
            yield first, None
            first = await left.next()
        elif first is None or second.id < first.id:
            yield None, second
            second = await right.next()
        else:
            yield first, second
            first, second = await left.next(), await right.next()


class _Ordered:
    """An entry out of order would be taken for a missing and an extra one: say so instead."""

    def __init__(self, entries: AsyncIterator[Entry], name: str) -> None:
        self._entries = entries
        self._name = name
        self._last: str | None = None

    async def next(self) -> Entry | None:
        entry = await anext(self._entries, None)
        if entry is None:
            return None
        if self._last is not None and entry.id <= self._last:
            raise ValueError(f"entries of the {self._name} generation: {entry.id!r} came after {self._last!r}")
        self._last = entry.id
        return entry
