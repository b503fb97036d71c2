from __future__ import annotations

from herofactory.search.highlight import Range, marked, ranges, snippet


def test_neighbouring_words_are_marked_as_one() -> None:
    text = "마법 검과 방패"
    spans = [("마법", 0, 2), ("검", 3, 4), ("방패", 6, 8)]
    assert ranges(spans, {"마법", "검", "방패"}, text) == (Range(0, 4), Range(6, 8))
    assert ranges(spans, {"검"}, text) == (Range(3, 4),)
    assert ranges(spans, set(), text) == ()


def test_marked_text_is_escaped() -> None:
    assert marked("<b> 검 & 방패", (Range(4, 5),)) == "&lt;b&gt; <mark>검</mark> &amp; 방패"


def test_a_snippet_shows_the_first_place() -> None:
    text = "가" * 300 + "검" + "나" * 300
    shown, places = snippet(text, (Range(300, 301), Range(600, 601)), width=100)
    assert len(shown) == 100
    assert [shown[a:b] for a, b in places] == ["검"]
    assert snippet("짧은 검", (Range(3, 4),)) == ("짧은 검", (Range(3, 4),))
