from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from herofactory.search.analysis.analyzer import korean_analyzer
from herofactory.search.document import ItemDocument
from herofactory.search.elasticsearch.mapping import mappings
from herofactory.search.elasticsearch.record import source
from herofactory.search.errors import DocumentError
from herofactory.search.write import Remove, Upsert, Write
from tests.contract.search_index import item

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def written(write: Write) -> dict[str, object]:
    fields: dict[str, object] = json.loads(source(write, korean_analyzer(), NOW))
    return fields


def test_every_field_that_is_written_is_in_the_strict_mapping() -> None:
    known = mappings()["properties"].keys()
    assert mappings()["dynamic"] == "strict"
    assert written(Upsert(item("a"))).keys() <= known
    assert written(Remove("a", 1)).keys() <= known


def test_a_document_is_read_back_as_it_was() -> None:
    document = item("a", "해골과 불타는 검", tags=["전설"])
    assert ItemDocument.from_json(written(Upsert(document))) == document


def test_what_is_gone_has_no_field_that_a_query_asks_for() -> None:
    assert written(Remove("a", 4)) == {"id": "a", "revision": 4, "gone": True, "gone_at": NOW.isoformat()}


@pytest.mark.parametrize("popularity", [float("nan"), float("inf"), -3.0])
def test_a_popularity_that_is_no_number_counts_as_none(popularity: float) -> None:
    assert written(Upsert(item("a", popularity=popularity)))["popularity"] == 0.0


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (Remove("", 1), "id"),
        (Remove("a" * 513, 1), "512 bytes"),
        (Remove("a", -1), "revision is -1"),
        (Remove("a", 2**63), "revision"),
        (Upsert(item("a", "\ud800")), "JSON"),
    ],
)
def test_what_would_fail_the_whole_bulk_is_refused_beforehand(write: Write, why: str) -> None:
    with pytest.raises(DocumentError, match=why):
        source(write, korean_analyzer(), NOW)
