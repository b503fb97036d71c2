from __future__ import annotations

from typing import Any

import pytest

from herofactory.search.elasticsearch.outcomes import of_error, of_item
from herofactory.search.write import Outcome


def failed(status: int, kind: str, reason: str = "") -> dict[str, Any]:
    return {"_id": "a", "status": status, "error": {"type": kind, "reason": reason}}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": 200}, Outcome.OK),
        ({"status": 201}, Outcome.OK),
        (failed(409, "version_conflict_engine_exception"), Outcome.STALE),
        (failed(429, "es_rejected_execution_exception"), Outcome.TRANSIENT),
        (failed(429, "circuit_breaking_exception"), Outcome.TRANSIENT),
        (failed(429, "cluster_block_exception", "disk usage exceeded flood-stage watermark"), Outcome.TRANSIENT),
        (failed(403, "cluster_block_exception", "index read-only (api)"), Outcome.TRANSIENT),
        (failed(503, "unavailable_shards_exception"), Outcome.TRANSIENT),
        (failed(400, "document_parsing_exception"), Outcome.RECORD),
        (failed(400, "mapper_parsing_exception"), Outcome.RECORD),
        (failed(400, "strict_dynamic_mapping_exception"), Outcome.RECORD),
        (failed(400, "illegal_argument_exception", "Document contains at least one immense term"), Outcome.RECORD),
        (failed(400, "illegal_argument_exception", "no write index is defined for alias [items]"), Outcome.FATAL),
        (failed(403, "security_exception"), Outcome.FATAL),
        (failed(404, "index_not_found_exception"), Outcome.FATAL),
        (failed(409, "something_else"), Outcome.FATAL),
        (failed(500, "document_parsing_exception"), Outcome.FATAL),
        ({"status": 418, "error": "text"}, Outcome.FATAL),
        ({"status": None}, Outcome.FATAL),
        ({}, Outcome.FATAL),
    ],
)
def test_every_answer_has_its_outcome_and_what_is_unknown_is_fatal(answer: dict[str, Any], outcome: Outcome) -> None:
    assert of_item("index", answer)[0] is outcome


def test_not_found_is_success_for_a_delete_alone() -> None:
    assert of_item("delete", {"status": 404, "result": "not_found"})[0] is Outcome.OK
    assert of_item("index", {"status": 404})[0] is Outcome.FATAL
    assert of_item("delete", failed(404, "index_not_found_exception"))[0] is Outcome.FATAL


def test_the_detail_tells_the_cause_within_bounds() -> None:
    error = {"type": "document_parsing_exception", "reason": "failed to parse", "caused_by": {"reason": "x" * 5_000}}
    detail = of_error(400, error)[1]
    assert detail.startswith("400 document_parsing_exception: failed to parse (xxx")
    assert len(detail) == 1_000
