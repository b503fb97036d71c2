"""Words stay words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfy_bridge.wording import LONGEST, joined, literal


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("a sword", "a sword"),
        ("(a sword:1.9)", r"\(a sword:1.9\)"),
        (r"a \(sword", r"a  \(sword"),
        ("embedding:evil", "embedding evil"),
        ("EMBEDDING : evil", "embedding  evil"),
        (r"embed\ding:evil", "embed ding:evil"),
        ("a\x00\x01b", "a  b"),
        ("검 sword", "검 sword"),
    ],
)
def test_the_encoder_s_little_language_is_not_spoken_by_users(typed: str, drawn: str) -> None:
    assert literal(typed) == drawn


@given(st.text(alphabet="()\\: embdingEMBDING\x00\x01\x02a"))
def test_no_text_weighs_or_loads(typed: str) -> None:
    drawn = literal(typed)
    assert not re.search(r"(?<!\\)[()]", drawn)
    assert not re.search(r"\\(?![()])", drawn)
    assert not re.search(r"embedding\s*:", drawn, re.IGNORECASE)
    assert not re.search(r"[\x00-\x1f]", drawn)


def test_a_text_has_an_end() -> None:
    assert len(literal("x" * 100_000)) == LONGEST


def test_parts_are_joined_by_one_comma() -> None:
    assert joined("(pixel art:1.1), icon, ", " a sword,", "", " , ") == "(pixel art:1.1), icon, a sword"
