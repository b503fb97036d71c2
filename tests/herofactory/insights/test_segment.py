"""Segments: what goes in comes out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.insights.segment import SegmentError, pack, unpack, unpack_all

VALUES = st.none() | st.booleans() | st.integers(0, 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
ROWS = st.lists(st.lists(VALUES | st.text(max_size=20), max_size=8))


@given(ROWS)
def test_rows_come_back_as_they_were(rows: list[list[Any]]) -> None:
    assert unpack(pack(rows)) == rows


def test_equal_rows_give_equal_bytes() -> None:
    assert pack([["마법검", 1]]) == pack([("마법검", 1)])


def test_segments_are_read_one_after_the_other() -> None:
    assert unpack_all([pack([[1], [2]]), pack([]), pack([[3]])]) == [[1], [2], [3]]


def test_a_segment_is_smaller_than_its_rows() -> None:
    rows = [["s", f"0190c0de-0000-7000-8000-{number:012x}", "마법검", number] for number in range(500)]

    assert len(pack(rows)) < len(str(rows).encode()) / 3


@pytest.mark.parametrize("body", [b"", b"\x02abc", b"\x01abc", pack([[1, 2, 3]])[:-3]])
def test_what_is_no_segment_is_refused(body: bytes) -> None:
    with pytest.raises(SegmentError):
        unpack(body)


def test_a_number_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack([[float("nan")]])
