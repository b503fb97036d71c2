"""Sets of people as bytes."""

from __future__ import annotations

import random

import pytest

from herofactory.insights import people


@pytest.mark.parametrize("size", [0, 3, 50_000])
def test_joined_sets_hold_everybody_once(size: int) -> None:
    drawn = random.Random(1)
    sets = [frozenset(drawn.getrandbits(64) >> 48 for _ in range(size)) for _ in range(3)]
    joined = b"".join(map(people.to_bytes, sets))
    whole = people.NOBODY.union(*sets)
    assert people.number(joined) == len(whole)
    assert people.from_bytes(people.union(joined)) == whole
    assert len(people.union(joined)) == 8 * len(whole)
