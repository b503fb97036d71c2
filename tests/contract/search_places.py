"""What places of every search index must do. Subclass it, with fixtures `places` (none made yet) and `reader`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime

import pytest

from herofactory.search.document import ItemDocument
from herofactory.search.errors import IndexMissing
from herofactory.search.places import FIRST, Held, IndexOwner, IndexPlaces, place_of
from herofactory.search.port import SearchReader, SearchWriter
from herofactory.search.query import SearchQuery
from herofactory.search.write import Outcome, Remove, Upsert
from tests.contract.search_index import item

SECOND = place_of(2)
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def seen(reader: SearchReader) -> list[str]:
    reader.refresh()
    return sorted(hit.document.id for hit in reader.search(SearchQuery()).hits)


def put(writer: SearchWriter, *documents: ItemDocument) -> None:
    told = writer.apply([Upsert(document) for document in documents])
    assert {each.outcome for each in told} <= {Outcome.OK, Outcome.STALE}


def held(places: IndexPlaces, place: str) -> list[Held]:
    places.settle(place)
    return list(places.held(place))


@contextmanager
def owned(
    places: IndexPlaces, place: str, documents: Sequence[ItemDocument] = (), *, in_use: bool | None = None
) -> Iterator[IndexOwner]:
    owner = places.owner(place)
    try:
        owner.open(lambda: documents, nullcontext, in_use=place == FIRST if in_use is None else in_use)
        yield owner
    finally:
        owner.close()


class IndexPlacesContract:
    def test_the_first_place_is_in_use_until_another_is(self, places: IndexPlaces, reader: SearchReader) -> None:
        with owned(places, FIRST, [item("a")]):
            places.create(SECOND)
            assert places.in_use() == FIRST
            assert seen(reader) == ["a"]

    def test_writers_write_to_their_own_place_whichever_is_in_use(
        self, places: IndexPlaces, reader: SearchReader
    ) -> None:
        with owned(places, FIRST) as first:
            places.create(SECOND)
            with owned(places, SECOND) as second:
                put(first.writer, item("a"))
                put(second.writer, item("b"))
                assert seen(reader) == ["a"]
                places.use(SECOND)
                put(first.writer, item("c"))
                put(second.writer, item("d"))
                assert seen(reader) == ["b", "d"]
                assert [each.id for each in held(places, FIRST)] == ["a", "c"]

    def test_what_the_former_learned_after_a_swap_is_there_when_it_is_rolled_back(
        self, places: IndexPlaces, reader: SearchReader
    ) -> None:
        with owned(places, FIRST, [item("a")]) as first:
            places.create(SECOND)
            places.use(SECOND)
            places.use(SECOND)
            put(first.writer, item("b"))
            assert (places.in_use(), seen(reader)) == (SECOND, [])
            places.use(FIRST)
            assert (places.in_use(), seen(reader)) == (FIRST, ["a", "b"])

    def test_only_a_place_that_holds_an_index_can_be_used(self, places: IndexPlaces, reader: SearchReader) -> None:
        with owned(places, FIRST, [item("a")]):
            with pytest.raises(IndexMissing, match=r"v2"):
                places.use(SECOND)
            assert seen(reader) == ["a"]

    def test_making_a_place_again_keeps_what_it_holds(self, places: IndexPlaces) -> None:
        with owned(places, FIRST):
            places.create(SECOND)
            with owned(places, SECOND) as second:
                put(second.writer, item("a"))
            places.create(SECOND)
            with owned(places, SECOND):
                assert [each.id for each in held(places, SECOND)] == ["a"]

    def test_a_rebuild_leaves_other_places_alone_and_readers_stay_with_theirs(
        self, places: IndexPlaces, reader: SearchReader
    ) -> None:
        with owned(places, FIRST, [item("a")]) as first:
            places.create(SECOND)
            with owned(places, SECOND) as second:
                put(second.writer, item("b"))
                for _ in range(2):  # what a rebuild replaces is deleted by the next
                    first.rebuild(lambda: [item("c")])
                assert seen(reader) == ["c"]
                assert [each.id for each in held(places, SECOND)] == ["b"]
                places.use(SECOND)
                second.rebuild(lambda: [item("d")])
                first.rebuild(lambda: [item("e")])
                assert (places.in_use(), seen(reader)) == (SECOND, ["d"])
                put(second.writer, item("f"))
                assert seen(reader) == ["d", "f"]
                assert [each.id for each in held(places, FIRST)] == ["e"]

    def test_sweeping_and_opening_one_place_leaves_the_other_alone(self, places: IndexPlaces) -> None:
        with owned(places, FIRST, [item("a")]) as first:
            places.create(SECOND)
            with owned(places, SECOND) as second:
                put(second.writer, item("b"))
            first.writer.apply([Remove("x", 3)])
            assert first.writer.sweep(LATER) == 1
        with owned(places, FIRST):
            assert [each.id for each in held(places, FIRST)] == ["a"]
            assert [each.id for each in held(places, SECOND)] == ["b"]

    def test_a_dropped_place_is_gone_and_its_readers_are_not_disturbed(
        self, places: IndexPlaces, reader: SearchReader
    ) -> None:
        with owned(places, FIRST, [item("a")]):
            places.create(SECOND)
            with owned(places, SECOND) as second:
                put(second.writer, item("b"))
            places.use(SECOND)
            assert seen(reader) == ["b"]
            places.use(FIRST)
            places.drop(SECOND)
            assert seen(reader) == ["a"]
            places.drop(SECOND)
            with pytest.raises(IndexMissing):
                list(places.held(SECOND))

    def test_the_first_place_can_be_dropped_when_another_is_in_use(
        self, places: IndexPlaces, reader: SearchReader
    ) -> None:
        with owned(places, FIRST, [item("a")]):
            places.create(SECOND)
        with owned(places, SECOND) as second:
            put(second.writer, item("b"))
            places.use(SECOND)
            places.drop(FIRST)
            put(second.writer, item("c"))
            assert (places.in_use(), seen(reader)) == (SECOND, ["b", "c"])
        places.create(place_of(3))
        places.use(place_of(3))
        assert seen(reader) == []

    def test_readers_without_any_index_get_the_one_that_is_said_to_be_in_use(
        self, places: IndexPlaces, reader: SearchReader
    ) -> None:
        with owned(places, FIRST, [item("a")], in_use=False), owned(places, SECOND, [item("b")], in_use=True):
            assert (places.in_use(), seen(reader)) == (SECOND, ["b"])
        with owned(places, FIRST, in_use=True):
            assert places.in_use() == SECOND

    def test_all_items_are_held_by_id_each_once_without_what_is_gone(self, places: IndexPlaces) -> None:
        with owned(places, FIRST) as first:
            ids = [f"{n * 7919 % 2503:04}-검" for n in range(1, 2503)]
            for n in range(0, len(ids), 500):
                put(first.writer, *(item(id) for id in ids[n : n + 500]))
            put(first.writer, item(ids[0], "방패", revision=2))
            first.writer.apply([Remove(ids[1], 2), Remove("never there", 7)])
            found = held(places, FIRST)
        assert [each.id for each in found] == sorted(set(ids) - {ids[1]})
        assert {each.id: each.revision for each in found if each.revision != 1} == {ids[0]: 2}

    def test_digests_tell_contents_apart_and_nothing_else(self, places: IndexPlaces) -> None:
        same = [item("a", "마법검", tags=["불"], popularity=1.5), item("b", description="용의 검")]
        with owned(places, FIRST, same):
            places.create(SECOND)
            with owned(places, SECOND) as second:
                put(second.writer, item("b", "옛 이름", revision=0))
                for document in reversed(same):
                    put(second.writer, document)
                assert held(places, SECOND) == held(places, FIRST)
                put(second.writer, item("c", revision=1))
                put(second.writer, item("a", "마법검", revision=2, tags=["불"], popularity=2.5))
                first, other = held(places, FIRST), held(places, SECOND)
        assert [each.id for each in other] == ["a", "b", "c"]
        assert (first[0].digest != other[0].digest, first[1] == other[1]) == (True, True)
