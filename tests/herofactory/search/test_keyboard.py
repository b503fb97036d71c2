from __future__ import annotations

import pytest

from herofactory.search.keyboard import to_hangul


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rja", "검"),
        ("whaql", "좀비"),
        ("qnfxksms akqjqrja", "불타는 마법검"),
        ("akqjqrja", "마법검"),
        ("rkqt", "값"),
        ("Ehdrhf", "똥골"),
        ("dhk", "와"),
        ("RHRRKR", "꼮깎"),
    ],
)
def test_korean_typed_on_the_english_layout(typed: str, meant: str) -> None:
    assert to_hangul(typed) == meant


@pytest.mark.parametrize("text", ["sword", "x", "마법", "rja1", "", "!!", "32x32"])
def test_what_is_no_korean_stays(text: str) -> None:
    assert to_hangul(text) is None
