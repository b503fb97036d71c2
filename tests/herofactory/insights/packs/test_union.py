"""Packs added up against adding up by hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.insights import people
from herofactory.insights.packs import union
from herofactory.insights.packs.kind import ITEM, PARTS, TERM, Kind
from herofactory.insights.packs.packing import packed
from herofactory.insights.packs.union import distinct, united
from herofactory.platform.postgres.database import Row

NAMES = ("검", "방패", "mana", "a b", "용")
PERSONS = st.one_of(st.integers(0, 6), st.integers(2**64 - 3, 2**64 - 1))
SETS = st.frozensets(PERSONS, max_size=6).map(people.to_bytes)


@st.composite
def tables(draw: st.DrawFn, kind: Kind) -> list[Row]:
    """Rows of different names."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    sums = {name: st.integers(0, 2**31 - 1) for name in kind.sums}
    return [{kind.key: name, **draw(st.fixed_dictionaries(sums | dict.fromkeys(kind.sets, SETS)))} for name in names]


def by_hand(kind: Kind, rows: list[Row]) -> Mapping[str, tuple[list[int], list[int]]]:
    found: dict[str, tuple[list[int], list[int]]] = {}
    for key in {row[kind.key] for row in rows}:
        own = [row for row in rows if row[kind.key] == key]
        sums = [sum(row[name] for row in own) for name in kind.sums]
        sets = [len(people.NOBODY.union(*(people.from_bytes(row[name]) for row in own))) for name in kind.sets]
        found[key] = sums, sets
    return found


@pytest.mark.parametrize("kind", [TERM, ITEM])
@given(data=st.data())
def test_everything_is_added_and_everybody_counted_once(kind: Kind, data: st.DataObject) -> None:
    days = data.draw(st.lists(tables(kind), max_size=4))
    found: dict[str, tuple[list[int], list[int]]] = {}
    packs = [packed(kind, rows) for rows in days]
    for part in range(PARTS):
        if own := [pack[part] for pack in packs if part in pack]:
            totals = {name: ([*sums], [*sets]) for name, sums, sets in united(kind, own)}
            assert not found.keys() & totals.keys()
            found.update(totals)
    assert found == by_hand(kind, [row for rows in days for row in rows])


PAIRS = st.lists(st.tuples(st.integers(0, 3), PERSONS))


def counted(pairs: list[tuple[int, int]]) -> list[int]:
    owners = np.array([owner for owner, _ in pairs], np.int64)
    return [int(each) for each in distinct(owners, np.array([person for _, person in pairs], np.uint64), 4)]


@given(pairs=PAIRS)
def test_people_of_an_owner_are_counted_once(pairs: list[tuple[int, int]]) -> None:
    assert counted(pairs) == [len({pair for pair in pairs if pair[0] == owner}) for owner in range(4)]


def test_pairs_that_share_a_number_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(union, "_scattered", lambda size: np.zeros(size, np.uint64))
    assert counted([(0, 7), (1, 7), (0, 7), (2, 7), (1, 8)]) == [1, 2, 1, 0]
