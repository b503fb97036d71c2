"""What every search index must do. Subclass it, with a fixture `index` that gives an empty one and closes it after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from herofactory.search.document import ItemDocument
from herofactory.search.errors import PageTooDeep, QueryError
from herofactory.search.port import SearchIndex, Stored
from herofactory.search.query import SearchQuery, Sort
from herofactory.search.write import Outcome, Remove, Upsert, Write

BORN = datetime(2026, 1, 1, tzinfo=UTC)
# Nothing the retention of a week could still cover.
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def item(
    id: str,
    name: str = "검",
    *,
    revision: int = 1,
    description: str = "",
    category: str = "weapon",
    tags: Sequence[str] = (),
    auto_tags: Sequence[str] = (),
    price: int = 1000,
    popularity: float = 0.0,
    day: int = 0,
) -> ItemDocument:
    return ItemDocument(
        id=id,
        revision=revision,
        name=name,
        description=description,
        category=category,
        price=price,
        created_at=BORN + timedelta(days=day),
        tags=tuple(tags),
        auto_tags=tuple(auto_tags),
        popularity=popularity,
    )


def put(index: SearchIndex, *documents: ItemDocument) -> None:
    assert all(outcome.outcome is Outcome.OK for outcome in index.apply([Upsert(document) for document in documents]))
    index.refresh()


def found(index: SearchIndex, text: str = "", **wanted: object) -> list[str]:
    page = index.search(SearchQuery(text, **wanted))  # type: ignore[arg-type]
    return [hit.document.id for hit in page.hits]


def outcomes(index: SearchIndex, *writes: Write) -> list[Outcome]:
    told = index.apply(writes)
    assert [(outcome.id, outcome.revision) for outcome in told] == [(write.id, write.revision) for write in writes]
    index.refresh()
    return [outcome.outcome for outcome in told]


@st.composite
def histories(draw: st.DrawFn) -> list[list[Write]]:
    """Writes of a few ids, each revision with one content, repeated and out of order, cut into bulks."""
    known: dict[tuple[str, int], Write] = {}
    for id in draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)):
        for revision in draw(st.lists(st.integers(1, 9), min_size=1, max_size=5, unique=True)):
            gone = draw(st.booleans())
            name = f"검 {revision}"
            known[id, revision] = Remove(id, revision) if gone else Upsert(item(id, name, revision=revision))
    every = list(known.values())
    order = draw(st.permutations(every + draw(st.lists(st.sampled_from(every), max_size=6))))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    return [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]


class SearchIndexContract:
    # -- writing

    def test_an_upsert_is_found_after_a_refresh(self, index: SearchIndex) -> None:
        put(index, item("a", "불타는 마법검"))
        assert found(index, "마법검") == ["a"]
        assert index.count() == 1

    def test_a_document_comes_back_as_it_went_in(self, index: SearchIndex) -> None:
        document = ItemDocument(
            id="a", revision=7, name="검", description="설명\n둘", category="weapon", price=2**40, created_at=BORN,
            tags=("한손검", "Sword"), auto_tags=("판타지",), popularity=1.5, seller_id="s", content_revision=3,
            updated_at=BORN, external_id="x", image_id="i", attribution={"author": "누구"},
        )  # fmt: skip
        put(index, document)
        assert index.search(SearchQuery("검")).hits[0].document == document

    def test_a_later_revision_replaces_the_earlier(self, index: SearchIndex) -> None:
        put(index, item("a", "검"))
        put(index, item("a", "방패", revision=2))
        assert found(index, "검") == []
        assert found(index, "방패") == ["a"]
        assert index.count() == 1

    def test_a_write_not_above_the_stored_revision_changes_nothing_and_succeeds(self, index: SearchIndex) -> None:
        put(index, item("a", "검", revision=5))
        assert outcomes(index, Upsert(item("a", "방패", revision=5))) == [Outcome.STALE]
        assert outcomes(index, Upsert(item("a", "방패", revision=4))) == [Outcome.STALE]
        assert outcomes(index, Remove("a", 4)) == [Outcome.STALE]
        assert found(index, "검") == ["a"]

    def test_what_is_removed_is_found_by_nothing_and_counted_nowhere(self, index: SearchIndex) -> None:
        put(index, item("a", "마법검", tags=["전설"]), item("b", "방패"))
        assert outcomes(index, Remove("a", 2)) == [Outcome.OK]
        assert found(index, "마법검") == []
        assert found(index) == ["b"]
        assert found(index, category="weapon") == ["b"]
        assert found(index, max_price=10**9) == ["b"]
        assert index.search(SearchQuery()).facets.tags == {}
        assert index.suggest("마") == ()
        assert index.count() == 1

    def test_a_late_write_does_not_revive_what_is_gone(self, index: SearchIndex) -> None:
        put(index, item("a", revision=1))
        outcomes(index, Remove("a", 3))
        assert outcomes(index, Upsert(item("a", revision=2))) == [Outcome.STALE]
        assert index.stored("a") == Stored(3, gone=True)
        assert found(index) == []

    def test_an_id_that_was_never_there_can_be_removed_ahead_of_its_late_write(self, index: SearchIndex) -> None:
        assert outcomes(index, Remove("a", 3)) == [Outcome.OK]
        assert outcomes(index, Upsert(item("a", revision=2))) == [Outcome.STALE]

    def test_a_newer_revision_brings_back_what_was_gone(self, index: SearchIndex) -> None:
        put(index, item("a"))
        outcomes(index, Remove("a", 2), Upsert(item("a", "방패", revision=3)))
        assert found(index, "방패") == ["a"]
        assert index.stored("a") == Stored(3, gone=False)

    def test_one_bulk_writes_an_id_once_with_its_highest_revision(self, index: SearchIndex) -> None:
        told = outcomes(
            index, Upsert(item("a", "검", revision=2)), Upsert(item("a", "방패", revision=3)), Remove("a", 1)
        )
        assert told == [Outcome.STALE, Outcome.OK, Outcome.STALE]
        assert found(index, "방패") == ["a"]

    def test_a_document_that_cannot_be_indexed_holds_up_no_other(self, index: SearchIndex) -> None:
        told = outcomes(index, Upsert(item("a")), Remove("", 1), Upsert(item("b")))
        assert told == [Outcome.OK, Outcome.RECORD, Outcome.OK]
        assert sorted(found(index)) == ["a", "b"]

    def test_no_writes_are_no_work(self, index: SearchIndex) -> None:
        assert index.apply([]) == []

    def test_the_memory_of_what_is_gone_ends_with_the_retention(self, index: SearchIndex) -> None:
        outcomes(index, Remove("a", 2))
        put(index, item("b"))
        assert index.sweep(BORN) == 0
        assert index.sweep(LATER) == 1
        index.refresh()
        assert index.stored("a") is None
        assert found(index) == ["b"]

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(history=histories())
    def test_any_order_repetition_and_batching_ends_with_the_highest_revision_of_each_id(
        self, index: SearchIndex, history: list[list[Write]]
    ) -> None:
        run = type(self)._next_run()
        for bulk in history:
            told = index.apply([_renamed(write, run) for write in bulk])
            assert all(outcome.succeeded for outcome in told)
        index.refresh()
        highest: dict[str, Write] = {}
        for write in (write for bulk in history for write in bulk):
            if write.id not in highest or write.revision > highest[write.id].revision:
                highest[write.id] = write
        for id, write in highest.items():
            assert index.stored(run + id) == Stored(write.revision, isinstance(write, Remove))
        alive = {run + id: write.document.name for id, write in highest.items() if isinstance(write, Upsert)}
        hits = index.search(SearchQuery(tags=(run,))).hits
        assert {hit.document.id: hit.document.name for hit in hits} == alive

    _runs = 0

    @classmethod
    def _next_run(cls) -> str:
        cls._runs += 1
        return f"run{cls._runs}-"

    # -- finding

    def test_spacing_and_particles_make_no_difference(self, index: SearchIndex) -> None:
        put(index, item("a", "전사의 마법검"), item("b", "방패"))
        for text in ("마법검", "마법 검", "마법검을", "전사 마법검", "전사의마법검"):
            assert found(index, text) == ["a"], text

    def test_all_words_must_be_there_in_whichever_field(self, index: SearchIndex) -> None:
        put(index, item("a", "강철 방패", tags=["기사"], description="전사를 지킨다"), item("b", "강철 검"))
        assert found(index, "강철 기사 전사") == ["a"]
        assert found(index, "강철 마녀") == []

    def test_a_name_counts_more_than_a_description(self, index: SearchIndex) -> None:
        put(index, item("a", "방패", description="검을 막는다"), item("b", "긴 검"))
        assert found(index, "검") == ["b", "a"]

    def test_the_whole_name_comes_first(self, index: SearchIndex) -> None:
        put(index, item("a", "체력 물약 상자 검 검"), item("b", "물약", popularity=1000.0), item("c", "체력 물약"))
        assert found(index, "체력 물약")[0] == "c"

    def test_a_category_is_found_by_its_korean_and_english_name(self, index: SearchIndex) -> None:
        put(index, item("a", category="weapon"), item("b", "방패", category="armor"))
        assert found(index, "방어구") == found(index, "armor") == ["b"]

    def test_auto_tags_are_searched_like_tags(self, index: SearchIndex) -> None:
        put(index, item("a", tags=["전설"]), item("b", auto_tags=["판타지"]))
        assert found(index, "판타지") == ["b"]

    def test_synonyms_find_each_other_below_the_word_itself(self, index: SearchIndex) -> None:
        put(index, item("a", "소드"), item("b", "검"), item("c", "힐링 포션"))
        assert found(index, "검") == ["b", "a"]
        assert found(index, "sword") == found(index, "sword")
        assert set(found(index, "sword")) == {"a", "b"}
        assert found(index, "체력 물약") == ["c"]

    @pytest.mark.parametrize("text", ["!!!", "AND", '"', "name:", "()", "*", "\\", "-", "??? &&& ||", "의", "\x00"])
    def test_operators_are_plain_text_and_a_text_without_words_finds_nothing(
        self, index: SearchIndex, text: str
    ) -> None:
        put(index, item("a"))
        page = index.search(SearchQuery(text))
        assert (page.total, page.hits) == (0, ())

    def test_a_text_of_blanks_browses_everything_newest_first(self, index: SearchIndex) -> None:
        put(index, item("a", day=1), item("b", day=3), item("c", day=2))
        assert found(index) == found(index, "  ") == ["b", "c", "a"]

    def test_a_very_long_text_is_answered(self, index: SearchIndex) -> None:
        put(index, item("a"))
        for text in ("검" * 10_000, "검 " * 5_000, "ㅁㅂ" * 5_000, "a" * 10_000, "가나다라마바사 " * 1_500):
            assert index.search(SearchQuery(text)).total in (0, 1)

    def test_decomposed_hangul_finds_composed(self, index: SearchIndex) -> None:
        put(index, item("a", "마법검"))
        assert found(index, "\u1106\u1161\u1107\u1165\u11b8\u1100\u1165\u11b7") == ["a"]

    # -- filters, order, pages

    def test_filters_narrow_what_is_found(self, index: SearchIndex) -> None:
        put(
            index,
            item("a", price=0, tags=["전설"]),
            item("b", price=500, tags=["전설", "Rare"]),
            item("c", price=900, category="armor"),
        )
        assert found(index, category="armor") == ["c"]
        assert found(index, tags=("전설",), sort=Sort.PRICE_ASC) == ["a", "b"]
        assert found(index, tags=("전설", "rare")) == ["b"]
        assert found(index, min_price=1, max_price=900, sort=Sort.PRICE_ASC) == ["b", "c"]
        assert found(index, "검", min_price=900) == ["c"]
        assert found(index, max_price=0) == ["a"]
        assert found(index, min_price=2, max_price=1) == []
        assert found(index, category="no-such") == []

    def test_results_can_be_ordered(self, index: SearchIndex) -> None:
        put(
            index,
            item("a", price=5, day=2, popularity=1.0),
            item("b", price=9, day=1, popularity=30.0),
            item("c", price=7, day=3, popularity=0.5),
        )
        assert found(index, "검", sort=Sort.PRICE_ASC) == ["a", "c", "b"]
        assert found(index, "검", sort=Sort.PRICE_DESC) == ["b", "c", "a"]
        assert found(index, "검", sort=Sort.NEWEST) == ["c", "a", "b"]
        assert found(index, "검", sort=Sort.POPULAR) == ["b", "a", "c"]

    def test_popularity_orders_what_is_equally_relevant(self, index: SearchIndex) -> None:
        put(index, item("a"), item("b", popularity=50.0), item("c", popularity=5.0))
        assert found(index, "검") == ["b", "c", "a"]

    @pytest.mark.parametrize("sort", Sort)
    def test_pages_of_equals_show_each_item_once_in_an_order_that_writes_do_not_change(
        self, index: SearchIndex, sort: Sort
    ) -> None:
        for n in range(0, 30, 5):
            put(index, *(item(f"id{m}") for m in range(n, n + 5)))
        whole = found(index, "검", sort=sort, limit=30)
        pages = [found(index, "검", sort=sort, limit=7, offset=offset) for offset in range(0, 30, 7)]
        assert [id for page in pages for id in page] == whole
        assert len(set(whole)) == 30
        put(index, *(item(f"id{m}", revision=2) for m in range(29, -1, -1)))
        assert found(index, "검", sort=sort, limit=30) == whole

    def test_the_next_page_is_named_while_there_is_one(self, index: SearchIndex) -> None:
        put(index, *(item(f"id{n}") for n in range(5)))
        page = index.search(SearchQuery(limit=2))
        assert (page.total, len(page.hits), page.next_offset) == (5, 2, 2)
        assert index.search(SearchQuery(limit=2, offset=4)).next_offset is None
        assert index.search(SearchQuery(limit=2, offset=50)).hits == ()
        assert index.search(SearchQuery(limit=0)).total == 5

    def test_paging_too_deep_is_refused(self, index: SearchIndex) -> None:
        with pytest.raises(PageTooDeep, match="10000"):
            index.search(SearchQuery(limit=20, offset=9_990))
        with pytest.raises(QueryError, match="limit is 101"):
            index.search(SearchQuery(limit=101))
        with pytest.raises(QueryError, match="negative"):
            index.search(SearchQuery(offset=-1))

    # -- what comes with the hits

    def test_facets_count_everything_found(self, index: SearchIndex) -> None:
        put(
            index,
            item("a", price=0, tags=["전설", "불"]),
            item("b", price=1500, tags=["전설"]),
            item("c", "방패", price=99_999, category="armor"),
        )
        facets = index.search(SearchQuery(limit=1)).facets
        assert facets.category == {"weapon": 2, "armor": 1}
        assert list(facets.tags.items()) == [("전설", 2), ("불", 1)]
        counts = {(bucket.low, bucket.high): bucket.count for bucket in facets.price if bucket.count}
        assert counts == {(0, 1): 1, (1_000, 3_000): 1, (10_000, None): 1}
        assert index.search(SearchQuery("검")).facets.category == {"weapon": 2}

    def test_at_most_twenty_tags_are_counted(self, index: SearchIndex) -> None:
        put(index, *(item(f"id{n}", tags=[f"tag{n}", "all"]) for n in range(30)))
        tags = index.search(SearchQuery()).facets.tags
        assert len(tags) == 20
        assert tags["all"] == 30

    def test_matches_are_marked_where_they_stand(self, index: SearchIndex) -> None:
        put(index, item("a", "불타는 마법검", description="용의 검은 마법검보다 길다. Sword!"))
        hit = index.search(SearchQuery("마법 검")).hits[0]
        texts = {"name": hit.document.name, "description": hit.document.description}
        marked = {field: [texts[field][a:b] for a, b in places] for field, places in hit.highlights.items()}
        assert marked == {"name": ["마법검"], "description": ["마법검", "Sword"]}

    def test_a_mistyped_word_is_corrected_when_nothing_is_found(self, index: SearchIndex) -> None:
        put(index, item("a", "좀비", category="character"), item("b", "드래곤 갑옷", category="armor"))
        for text, corrected, id in (("조비", "좀비", "a"), ("드레곤 갑옷", "드래곤 갑옷", "b"), ("whaql", "좀비", "a")):
            page = index.search(SearchQuery(text))
            assert (page.corrected_to, [hit.document.id for hit in page.hits]) == (corrected, [id])

    def test_a_mistyped_word_is_corrected_to_one_that_only_synonyms_find(self, index: SearchIndex) -> None:
        put(index, item("a", "용 머리"))
        page = index.search(SearchQuery("드레곤"))
        assert (page.corrected_to, page.total) == ("드래곤", 1)

    def test_nothing_is_corrected_that_finds_something_or_that_only_filters_hide(self, index: SearchIndex) -> None:
        put(index, item("a", "좀비"), item("b", "좀비2", category="armor"), item("c", "종비", category="armor"))
        assert index.search(SearchQuery("좀비")).corrected_to is None
        page = index.search(SearchQuery("종비", category="weapon"))
        assert (page.total, page.corrected_to) == (0, None)

    def test_where_all_words_together_find_nothing_parts_that_do_are_suggested(self, index: SearchIndex) -> None:
        put(index, item("a", "얼음 검"), item("b", "불타는 화살"))
        page = index.search(SearchQuery("불타는 검"))
        assert (page.total, page.suggestions[:2]) == (0, ("검", "불타는"))
        assert "검" in index.search(SearchQuery("마법검")).suggestions

    def test_a_missing_thing_stays_missing(self, index: SearchIndex) -> None:
        put(index, item("a", "좀비"))
        page = index.search(SearchQuery("잠수함"))
        assert (page.total, page.corrected_to) == (0, None)

    # -- typing

    @pytest.mark.parametrize(
        "typed", ["마", "맙", "마ㅂ", "마버", "마법", "마법ㄱ", "마법검", "ㅁㅂ", "ㅁㅂㄱ", "ㅁ법"]
    )
    def test_words_are_offered_while_they_are_typed(self, index: SearchIndex, typed: str) -> None:
        put(index, item("a", "마법검"), item("b", "방패"))
        assert "마법검" in index.suggest(typed)
        assert "방패" not in index.suggest(typed)

    def test_known_words_are_offered_that_find_something_by_synonym(self, index: SearchIndex) -> None:
        put(index, item("a", "용 머리"))
        assert index.suggest("드래") == ("드래곤",)
        assert index.suggest("뱀파") == ()

    def test_words_are_offered_without_their_particles(self, index: SearchIndex) -> None:
        put(index, item("a", "해골과 불타는 검"))
        assert set(index.suggest("해골")) == {"해골", "해골과 불타는 검"}
        assert "불타는" in index.suggest("불타")

    def test_offers_are_bounded_and_the_most_frequent_come_first(self, index: SearchIndex) -> None:
        put(index, item("a", "Sword A"), item("b", "Sword B", tags=["swamp"]))
        assert index.suggest("SW", 1) == ("sword",)
        assert set(index.suggest("sw")) == {"sword", "sword a", "sword b", "swamp"}
        assert len(index.suggest("s", 2)) == 2
        assert index.suggest("") == ()
        assert index.suggest("x" * 10_000) == ()


def _renamed(write: Write, run: str) -> Write:
    if isinstance(write, Remove):
        return Remove(run + write.id, write.revision)
    return Upsert(item(run + write.id, write.document.name, revision=write.revision, tags=[run]))
