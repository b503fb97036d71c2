"""What became of a write, from what Elasticsearch answered for it (Debezium's DDD-61). What is unknown is fatal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from herofactory.search.write import Outcome

# Errors that this very document causes, whenever and wherever it is written.
_RECORD = {
    "document_parsing_exception",
    "mapper_parsing_exception",
    "mapper_exception",
    "parsing_exception",
    "strict_dynamic_mapping_exception",
    "x_content_parse_exception",
}
# Says many things, of which only this one is about the document: a keyword beyond 32,766 bytes.
_ILLEGAL, _IMMENSE = "illegal_argument_exception", "immense term"
# A block passes without the document or the program changing: the disk was full (429), somebody made the index
# read-only, or a rebuild is about to move the alias (403).
_BLOCK = "cluster_block_exception"
# Too many requests, or the part of the cluster that is asked is not there just now.
_PASSING = {429, 502, 503, 504}
_CONFLICT, _NOT_FOUND, _BAD = 409, 404, 400


def of_item(action: str, answer: Mapping[str, Any]) -> tuple[Outcome, str]:
    """For one item of a bulk: `action` is what was asked for, `answer` what came back. With the detail to tell."""
    status = answer.get("status")
    if not isinstance(status, int):
        return Outcome.FATAL, f"an answer without a status: {dict(answer)}"
    if 200 <= status < 300 or (action == "delete" and status == _NOT_FOUND and "error" not in answer):
        return Outcome.OK, ""
    error = answer.get("error")
    return of_error(status, error if isinstance(error, Mapping) else {"reason": error})


def of_error(status: int, error: Mapping[str, Any]) -> tuple[Outcome, str]:
    """For an error with an HTTP status, of an item or of a whole request."""
    kind = str(error.get("type") or "")
    detail = f"{status} {kind}: {_reason(error)}"[:1000]
    if status == _CONFLICT and kind in ("version_conflict_engine_exception", ""):
        return Outcome.STALE, detail
    if status in _PASSING or kind == _BLOCK:
        return Outcome.TRANSIENT, detail
    if status == _BAD and (kind in _RECORD or (kind == _ILLEGAL and _IMMENSE in detail)):
        return Outcome.RECORD, detail
    return Outcome.FATAL, detail


def _reason(error: Mapping[str, Any]) -> str:
    cause = error.get("caused_by")
    because = f" ({cause.get('reason')})" if isinstance(cause, Mapping) and cause.get("reason") else ""
    return f"{error.get('reason')}{because}"
