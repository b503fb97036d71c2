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
