from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from herofactory.search.embedded.store import IndexStore
from herofactory.search.embedded.writer import IndexWriter
from herofactory.search.write import Outcome, Remove, Upsert
from tests.contract.search_index import item


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[IndexWriter]:
    writer = IndexStore(tmp_path / "search").open_writer()
    yield writer
    writer.close()


class Failing:
    """tantivy's writer with a commit that fails as a full disk makes it, or in a way nobody knows."""

    def __init__(self, real: Any, error: Exception) -> None:
        self._real, self._error = real, error

    def commit(self) -> int:
        raise self._error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (OSError("No space left on device"), Outcome.TRANSIENT),
        (ValueError('An IO error occurred: Os { code: 28, message: "No space left on device" }'), Outcome.TRANSIENT),
        (ValueError("something else"), Outcome.FATAL),
    ],
)
def test_a_failed_commit_fails_the_whole_bulk_and_leaves_nothing_behind(
    writer: IndexWriter, error: Exception, outcome: Outcome
) -> None:
    writer.apply([Upsert(item("old", revision=3))])
    real, writer._writer = writer._writer, Failing(writer._writer, error)
    told = writer.apply([Upsert(item("a")), Upsert(item("old", revision=2)), Remove("", 1)])
    assert [result.outcome for result in told] == [outcome, Outcome.STALE, Outcome.RECORD]
    assert not told[0].succeeded
    writer._writer = real
    assert writer.apply([Upsert(item("b"))])[0].outcome is Outcome.OK
    assert writer._opened.stored(writer._opened.searcher(), "a") is None


def test_500_writes_make_one_commit(writer: IndexWriter) -> None:
    before = writer._writer.commit_opstamp
    told = writer.apply([Upsert(item(f"id{n}")) for n in range(500)])
    assert {result.outcome for result in told} == {Outcome.OK}
    assert writer._writer.commit_opstamp - before <= 2 * 500 + 2


def test_stale_writes_make_no_commit(writer: IndexWriter) -> None:
    writer.apply([Upsert(item("a", revision=2))])
    before = writer._writer.commit_opstamp
    writer.apply([Upsert(item("a", revision=1))])
    assert writer._writer.commit_opstamp == before


class Delivering(Failing):
    """A commit that takes effect and is told as failed."""

    def commit(self) -> int:
        self._real.commit()
        raise self._error


def test_a_commit_that_took_effect_though_it_failed_is_not_written_twice(writer: IndexWriter) -> None:
    real, writer._writer = writer._writer, Delivering(writer._writer, OSError("input/output error"))
    assert writer.apply([Upsert(item("a"))])[0].outcome is Outcome.TRANSIENT
    writer._writer = real
    assert writer.apply([Upsert(item("a")), Upsert(item("b"))])[0].outcome is Outcome.STALE
    searcher = writer._opened.searcher()
    assert searcher.num_docs == 2


class Breaking(Failing):
    """Takes a few documents and breaks."""

    left = 2

    def add_document(self, document: object) -> None:
        self.left -= 1
        if self.left < 0:
            raise self._error
        self._real.add_document(document)


def test_what_came_before_a_break_is_in_no_later_commit_unless_it_is_written_again(writer: IndexWriter) -> None:
    real, writer._writer = writer._writer, Breaking(writer._writer, ValueError("a thread of the index died"))
    bulk = [Upsert(item(f"id{n}")) for n in range(4)]
    with pytest.raises(ValueError, match="died"):
        writer.apply(bulk)
    writer._writer = real
    assert {each.outcome for each in writer.apply([*bulk, Upsert(item("other"))])} == {Outcome.OK}
    assert writer._opened.searcher().num_docs == 5
