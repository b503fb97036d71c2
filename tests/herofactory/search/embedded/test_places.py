from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from herofactory.search.embedded import generation, in_use
from herofactory.search.embedded.places import EmbeddedPlaces
from herofactory.search.embedded.reader import IndexReader
from herofactory.search.embedded.store import IndexStore
from herofactory.search.errors import IndexBusy, IndexDamaged
from herofactory.search.places import FIRST
from herofactory.search.query import SearchQuery
from herofactory.search.write import Upsert
from tests.contract.search_index import item
from tests.contract.search_places import SECOND, IndexPlacesContract, held, owned, put, seen


@pytest.fixture
def places(tmp_path: Path) -> EmbeddedPlaces:
    return EmbeddedPlaces(tmp_path / "search")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[IndexReader]:
    with closing(IndexStore(tmp_path / "search").open_reader()) as reader:
        yield reader


class TestEmbeddedPlaces(IndexPlacesContract):
    """The contract."""


def test_a_place_that_is_written_is_not_dropped(places: EmbeddedPlaces, tmp_path: Path) -> None:
    places.create(SECOND)
    with owned(places, SECOND, [item("a")]) as second:
        with pytest.raises(IndexBusy, match="writes the search index"):
            IndexStore(tmp_path / "search", SECOND).drop(wait_s=0)
        put(second.writer, item("a"))
        assert [each.id for each in held(places, SECOND)] == ["a"]


def test_a_search_that_is_under_way_ends_on_a_place_that_was_dropped(
    places: EmbeddedPlaces, reader: IndexReader
) -> None:
    with owned(places, FIRST, [item("b")]):
        places.create(SECOND)
        with owned(places, SECOND) as second:
            put(second.writer, *(item(f"a{n}") for n in range(50)))
        places.use(SECOND)
        assert len(seen(reader)) == 20
        before = reader._opened()
        places.use(FIRST)
        places.drop(SECOND)
        searcher = before.searcher()
        assert before.overall(searcher).category == {"weapon": 50}
        assert before.stored(searcher, "a7") is not None
        assert seen(reader) == ["b"]


def test_an_index_that_holds_an_item_twice_is_damaged(places: EmbeddedPlaces, tmp_path: Path) -> None:
    with owned(places, FIRST, [item("a")]):
        pass
    writer = IndexStore(tmp_path / "search").open_writer()
    with closing(writer):
        writer._writer.add_document(writer._record(Upsert(item("a"))))
        writer._writer.commit()
    with pytest.raises(IndexDamaged, match="twice"):
        held(places, FIRST)


def test_where_the_place_in_use_was_deleted_by_hand_its_writer_makes_it_anew(
    places: EmbeddedPlaces, reader: IndexReader, tmp_path: Path
) -> None:
    with owned(places, FIRST, [item("a")]):
        places.create(SECOND)
        places.use(SECOND)
    shutil.rmtree(in_use.folder(tmp_path / "search", SECOND))
    with owned(places, SECOND, [item("b")], in_use=True):
        assert seen(reader) == ["b"]
    assert generation.current(tmp_path / "search") is not None


def test_a_reader_looks_at_two_pointers_and_opens_nothing_while_they_stand(
    places: EmbeddedPlaces, reader: IndexReader
) -> None:
    with owned(places, FIRST, [item("a")]):
        reader.search(SearchQuery())
        opened = reader._opened()
        assert reader._opened() is opened
        places.use(FIRST)
        assert reader._opened() is opened


def test_an_index_of_another_version_is_rebuilt_in_its_place_alone(
    places: EmbeddedPlaces, reader: IndexReader, tmp_path: Path
) -> None:
    with owned(places, FIRST, [item("a")]):
        places.create(SECOND)
        with owned(places, SECOND) as second:
            put(second.writer, item("b"))
    places.use(SECOND)
    stamp = generation.current(tmp_path / "search")
    assert stamp is not None
    (stamp / "stamp.json").write_text('{"schema": "0"}')
    with owned(places, FIRST, [item("c")]):
        assert [each.id for each in held(places, FIRST)] == ["c"]
        assert (places.in_use(), seen(reader)) == (SECOND, ["b"])
