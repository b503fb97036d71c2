from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from herofactory.search.elasticsearch.highlights import of_hit
from herofactory.search.highlight import Range

OPEN, CLOSE = "\ufdd0", "\ufdd1"


def test_marks_become_places_joined_over_a_space() -> None:
    text = "불타는 마법 검"
    marked = f"불타는 {OPEN}마법{CLOSE} {OPEN}검{CLOSE}"
    assert dict(of_hit({"name": [marked]}, {"name": text, "description": ""})) == {"name": (Range(4, 8),)}


def test_a_text_that_is_not_the_one_stored_is_shown_without_marks() -> None:
    assert dict(of_hit({"name": [f"{OPEN}검{CLOSE}!"]}, {"name": "검"})) == {}
    assert dict(of_hit({"name": [f"{OPEN}검"]}, {"name": "검{CLOSE}"})) == {}
    assert dict(of_hit({}, {"name": "검"})) == {}


@given(st.lists(st.tuples(st.text("가나 a", max_size=4), st.text("마법b", min_size=1, max_size=3)), max_size=5))
def test_places_are_where_the_marked_words_stand(pieces: list[tuple[str, str]]) -> None:
    text = "".join(gap + "-" + word for gap, word in pieces)
    marked = "".join(f"{gap}-{OPEN}{word}{CLOSE}" for gap, word in pieces)
    places = dict(of_hit({"name": [marked]}, {"name": text})).get("name", ())
    assert [text[a:b] for a, b in places] == [word for _, word in pieces]
