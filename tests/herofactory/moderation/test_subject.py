from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from herofactory.moderation import Subject, content_hash

SWORD = Subject("item", "seller", "강철 검", "단단한 검", "weapon", ("검", "강철"), b"png")


def test_item_and_seller_do_not_change_the_content() -> None:
    assert content_hash(SWORD) == content_hash(replace(SWORD, item_id="other", seller_id="other"))


def test_the_order_of_tags_does_not_change_the_content() -> None:
    assert content_hash(SWORD) == content_hash(replace(SWORD, tags=("강철", "검")))


def test_decomposed_hangul_is_the_same_content() -> None:
    assert content_hash(SWORD) == content_hash(replace(SWORD, name="강철 검"))


def test_everything_that_is_judged_changes_the_content() -> None:
    others = [
        replace(SWORD, name="강철 칼"),
        replace(SWORD, description=""),
        replace(SWORD, category="armor"),
        replace(SWORD, tags=("검",)),
        replace(SWORD, image=b"other"),
        replace(SWORD, image=None),
    ]
    assert len({content_hash(each) for each in [SWORD, *others]}) == 7


@given(st.text(), st.text())
def test_text_moved_from_one_field_to_the_next_is_other_content(name: str, more: str) -> None:
    whole, moved = replace(SWORD, name=name + more, description=""), replace(SWORD, name=name, description=more)
    assert not more or content_hash(whole) != content_hash(moved)
