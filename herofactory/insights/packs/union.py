"""Packs added up: sums, and every person once for each name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from herofactory.insights.packs.kind import Kind

Pack = Mapping[str, Any]
"""Columns of `day_packs`: names, sums, sizes and people."""
_NUMBER = np.dtype(">i4")
_PERSON = np.dtype(">u8")


def united(kind: Kind, packs: Sequence[Pack]) -> Iterator[tuple[str, Sequence[int], Sequence[int]]]:
    """Of every name its sums, and distinct people in each of its sets. `packs`: at least one, all of `kind`."""
    names = b"\0".join(pack["names"] for pack in packs).decode().split("\0")
    numbers = {name: n for n, name in enumerate(dict.fromkeys(names))}
    of = np.fromiter(map(numbers.__getitem__, names), np.int64, len(names))
    sums = _numbers(packs, "sums", len(kind.sums))
    sizes = _numbers(packs, "sizes", len(kind.sets))
    # Sums of integers below 2**53: a float has them exactly.
    added = [np.bincount(of, column, len(numbers)).astype(np.int64).tolist() for column in sums.T]
    people = [
        distinct(np.repeat(of, own), members, len(numbers)).tolist()
        for own, members in zip(sizes.T, _people(packs, sizes), strict=True)
    ]
    return zip(numbers, zip(*added, strict=True), zip(*people, strict=True), strict=True)


def _numbers(packs: Sequence[Pack], column: str, width: int) -> NDArray[np.int32]:
    """A row per name."""
    joined = b"".join(pack[column] for pack in packs)
    return np.frombuffer(joined, _NUMBER).astype(np.int32).reshape(-1, width)


def _people(packs: Sequence[Pack], sizes: NDArray[np.int32]) -> Iterator[NDArray[np.uint64]]:
    """Of each set: the people of all names of all packs, in their order."""
    lengths = [len(pack["sizes"]) // _NUMBER.itemsize // sizes.shape[1] for pack in packs]
    bytes_of = np.add.reduceat(sizes, np.cumsum([0, *lengths[:-1]]), dtype=np.int64) * _PERSON.itemsize
    ends = np.cumsum(bytes_of, axis=1)
    for own, end in zip(bytes_of.T.tolist(), ends.T.tolist(), strict=True):
        parts = (pack["people"][to - size : to] for pack, size, to in zip(packs, own, end, strict=True))
        yield np.frombuffer(b"".join(parts), _PERSON).astype(np.uint64)


def distinct(owners: NDArray[np.int64], people: NDArray[np.uint64], size: int) -> NDArray[np.int64]:
    """Of each owner 0 to `size` - 1: how many different ones of `people` are beside it.

    Sorted by one number made of both, which takes a tenth of the time of sorting by two. Where two pairs share one they
    are sorted by both after all, so that nothing is left to chance.
    """
    keys = people ^ _scattered(size)[owners]
    order = np.argsort(keys)
    keys, sorted_owners = keys[order], owners[order]
    repeated = keys[1:] == keys[:-1]
    if np.any(repeated & (sorted_owners[1:] != sorted_owners[:-1])):
        order = np.lexsort((people, owners))
        sorted_owners, sorted_people = owners[order], people[order]
        repeated = (sorted_owners[1:] == sorted_owners[:-1]) & (sorted_people[1:] == sorted_people[:-1])
    first = np.concatenate((np.ones(min(1, len(owners)), bool), ~repeated))
    return np.bincount(sorted_owners[first], minlength=size)


def _scattered(size: int) -> NDArray[np.uint64]:
    """A number for each of 0 to `size` - 1, all bits of which differ from the next one's by chance (splitmix64)."""
    state = np.arange(1, size + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
