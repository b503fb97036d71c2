from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from elasticsearch import ApiError, ConnectionTimeout, Elasticsearch, TransportError

from herofactory.search.elasticsearch import outcomes
from herofactory.search.write import Outcome, WriteOutcome

# Bytes of one request, well below http.max_content_length (100 MB) and what a 500 MB heap takes at once.
_MAX_BYTES = 8_000_000
_TOO_LARGE = 413
# How long Elasticsearch itself may wait for a shard that is not there; below the client's timeout, so that it tells.
_SHARD_WAIT = "5s"
# All that is read of an answer; the rest of it takes longer to parse than the documents took to send.
_TOLD = ["items.*._id", "items.*.status", "items.*.error"]


class Line(NamedTuple):
    """One write as it is sent: `source` None deletes."""

    id: str
    version: int
    source: bytes | None
    version_type: str = "external"

    @property
    def action(self) -> str:
        return "index" if self.source is not None else "delete"


class Bulk:
    """Sends lines with distinct ids, one request at a time, and tells what became of each. Never raises."""

    def __init__(self, client: Elasticsearch, alias: str, *, timeout_s: float, require_alias: bool = True) -> None:
        """`timeout_s`: after as many seconds without an answer, what was written is looked up instead."""
        self._client = client.options(request_timeout=timeout_s, max_retries=0)
        self._alias = alias
        self._require_alias = require_alias

    def send(self, lines: Iterable[Line]) -> dict[str, WriteOutcome]:
        told: dict[str, WriteOutcome] = {}
        for part in _parts(lines):
            told |= self._send(part)
        return told

    def _send(self, lines: Sequence[Line]) -> dict[str, WriteOutcome]:
        try:
            answer = self._client.bulk(
                operations=list(_operations(lines)),
                index=self._alias,
                require_alias=self._require_alias,
                timeout=_SHARD_WAIT,
                filter_path=_TOLD,
            )
        except ConnectionTimeout as error:
            return self._looked_up(lines, f"no answer: {error}")
        except TransportError as error:
            # Nothing was sent, or nobody knows: the versions make a second try harmless.
            return _all(lines, Outcome.TRANSIENT, f"no connection: {str(error)[:300]}")
        except ApiError as error:
            return self._refused(lines, error)
        return _by_item(lines, answer.body)

    def _refused(self, lines: Sequence[Line], error: ApiError) -> dict[str, WriteOutcome]:
        """The whole request failed."""
        if error.status_code == _TOO_LARGE:
            if len(lines) == 1:
                return _all(lines, Outcome.RECORD, "413: larger than Elasticsearch takes")
            middle = len(lines) // 2
            return self._send(lines[:middle]) | self._send(lines[middle:])
        body = error.body if isinstance(error.body, Mapping) else {}
        cause = body.get("error")
        outcome, detail = outcomes.of_error(
            error.status_code, cause if isinstance(cause, Mapping) else {"reason": str(cause or error)[:300]}
        )
        # Of a request as a whole, no single document can be to blame, nor be the same already.
        return _all(lines, outcome if outcome is Outcome.TRANSIENT else Outcome.FATAL, detail)

    def _looked_up(self, lines: Sequence[Line], why: str) -> dict[str, WriteOutcome]:
        """After a timeout the writes may have taken effect: the stored versions say which did."""
        try:
            found = self._client.mget(index=self._alias, ids=[line.id for line in lines], source=False)
            versions = {doc["_id"]: doc["_version"] for doc in found["docs"] if doc.get("found")}
        except (ApiError, TransportError, KeyError) as error:
            return _all(lines, Outcome.TRANSIENT, f"{why}; then: {str(error)[:300]}")
        return {line.id: _by_version(line, versions.get(line.id), why) for line in lines}


def _by_version(line: Line, stored: int | None, why: str) -> WriteOutcome:
    if stored is None or stored < line.version:
        return WriteOutcome(line.id, line.version, Outcome.TRANSIENT, why)
    outcome = Outcome.OK if stored == line.version else Outcome.STALE
    return WriteOutcome(line.id, line.version, outcome, f"{why}; revision {stored} is stored")


def _by_item(lines: Sequence[Line], body: Mapping[str, Any]) -> dict[str, WriteOutcome]:
    items = body.get("items")
    if not isinstance(items, list) or len(items) != len(lines):
        return _all(lines, Outcome.FATAL, f"an answer with other items than asked for: {str(body)[:300]}")
    return {line.id: _item(line, item) for line, item in zip(lines, items, strict=True)}


def _item(line: Line, item: Mapping[str, Any]) -> WriteOutcome:
    answer = item.get(line.action)
    if not isinstance(answer, Mapping) or answer.get("_id") != line.id:
        return WriteOutcome(line.id, line.version, Outcome.FATAL, f"an answer for another write: {str(item)[:300]}")
    outcome, detail = outcomes.of_item(line.action, answer)
    return WriteOutcome(line.id, line.version, outcome, detail)


def _all(lines: Iterable[Line], outcome: Outcome, detail: str) -> dict[str, WriteOutcome]:
    return {line.id: WriteOutcome(line.id, line.version, outcome, detail) for line in lines}


def _parts(lines: Iterable[Line]) -> Iterator[list[Line]]:
    part: list[Line] = []
    size = 0
    for line in lines:
        length = len(line.source or b"")
        if part and size + length > _MAX_BYTES:
            yield part
            part, size = [], 0
        part.append(line)
        size += length
    if part:
        yield part


def _operations(lines: Iterable[Line]) -> Iterator[Any]:
    for line in lines:
        yield {line.action: {"_id": line.id, "version": line.version, "version_type": line.version_type}}
        if line.source is not None:
            yield line.source
