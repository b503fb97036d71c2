from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from herofactory.search.document import ItemDocument


@dataclass(frozen=True, slots=True)
class Upsert:
    document: ItemDocument

    @property
    def id(self) -> str:
        return self.document.id

    @property
    def revision(self) -> int:
        return self.document.revision


@dataclass(frozen=True, slots=True)
class Remove:
    id: str
    revision: int


Write = Upsert | Remove


class Outcome(StrEnum):
    """What became of one write (Debezium's DDD-61). Whoever meets another value must treat it as FATAL."""

    OK = "ok"
    STALE = "stale"  # success: the index, or this very bulk, has the same or a later revision
    RECORD = "record"  # this document can never be indexed: dead letter
    TRANSIENT = "transient"  # the same bulk may succeed later: back off and repeat
    FATAL = "fatal"  # repeating will not help: stop and tell


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    id: str
    revision: int
    outcome: Outcome
    detail: str = ""

    @property
    def succeeded(self) -> bool:
        return self.outcome in (Outcome.OK, Outcome.STALE)


def newest_by_id(writes: Iterable[Write]) -> dict[str, Write]:
    """At most one write per id: the one with the highest revision, the first of equals."""
    newest: dict[str, Write] = {}
    for write in writes:
        known = newest.get(write.id)
        if known is None or write.revision > known.revision:
            newest[write.id] = write
    return newest


def told_in_order(
    writes: Sequence[Write], chosen: Mapping[str, Write], outcomes: Mapping[str, WriteOutcome]
) -> list[WriteOutcome]:
    """One outcome per write: that of the write chosen for its id, and STALE for those it replaced."""
    done: set[str] = set()
    return [_outcome_of(write, chosen[write.id], outcomes[write.id], done) for write in writes]


def _outcome_of(write: Write, winner: Write, result: WriteOutcome, done: set[str]) -> WriteOutcome:
    if write is winner and write.id not in done:
        done.add(write.id)
        return result
    if result.succeeded:
        detail = f"revision {winner.revision} came in the same bulk"
        return WriteOutcome(write.id, write.revision, Outcome.STALE, detail)
    return WriteOutcome(write.id, write.revision, result.outcome, result.detail)
