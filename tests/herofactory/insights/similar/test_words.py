from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from herofactory.insights.similar.words import alike
from herofactory.search.document import ItemDocument
from herofactory.search.embedded.reader import IndexReader
from herofactory.search.embedded.store import IndexStore
from herofactory.search.write import Upsert
from tests.support.mirror import index_writer

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def item(id: str, name: str, *tags: str, category: str = "weapon") -> ItemDocument:
    return ItemDocument(id, 1, name, "", category, 100, NOW, tags)


WOODEN = [item(f"wood-{n}", f"나무 {thing}") for n, thing in enumerate(("활", "방패", "창", "의자", "상자", "다리"))]
ITEMS = [
    item("bow", "나무 석궁"),
    item("steel", "강철 석궁"),
    item("toy", "장난감 석궁", category="ui"),
    item("lonely", "쿼카잠수함"),
    item("tagged", "롱보우", "사격"),
    item("also", "새총", "사격"),
    *WOODEN,
]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[IndexReader]:
    with index_writer(tmp_path) as writer:
        writer.apply([Upsert(each) for each in ITEMS])
        reader = IndexStore(tmp_path).open_reader()
        yield reader
        reader.close()


def ranked(reader: IndexReader, item: ItemDocument) -> list[str]:
    scores = alike(reader, item)
    assert all(0 < score <= 1 for score in scores.values())
    return sorted(scores, key=lambda id: -scores[id])


def test_rare_words_and_the_head_count_more_and_never_does_it_find_itself(reader: IndexReader) -> None:
    found = ranked(reader, ITEMS[0])
    assert found[0] == "steel"
    assert set(found) == {"steel", "toy", *(each.id for each in WOODEN)}


def test_another_category_counts_less(reader: IndexReader) -> None:
    scores = alike(reader, ITEMS[0])
    assert scores["toy"] < scores["steel"]


def test_tags_count(reader: IndexReader) -> None:
    assert ranked(reader, ITEMS[4]) == ["also"]


def test_words_that_only_the_item_has_make_nothing_like_it(reader: IndexReader) -> None:
    assert alike(reader, ITEMS[3]) == {}


def test_an_item_that_is_not_indexed_yet_has_similar_ones_already(reader: IndexReader) -> None:
    assert ranked(reader, item("new", "황금 석궁"))[:2] in (["steel", "bow"], ["bow", "steel"])
