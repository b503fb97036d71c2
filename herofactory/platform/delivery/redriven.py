"""Dead letters on their way back to the agent that set them aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from herofactory.platform.delivery.origin import Origin, ours, theirs
from herofactory.platform.records import Record

RETRY_PREFIX = "retry."


@dataclass(frozen=True, slots=True)
class Redriven(Record):
    """The original as it was, coordinates and all: decoders and handlers see no difference."""

    redriven: int
    """The how many-th time it is."""
    attempts: int
    """Those before."""
    ordered: bool
    """It was set aside by an agent that keeps order: what followed it waits."""


def restore(records: Sequence[Record]) -> Sequence[Record]:
    """Of records of a retry topic. One that no redrive wrote stays as it is, and is not decodable."""
    return [_restore(record) for record in records]


def _restore(record: Record) -> Record:
    try:
        origin = Origin.parse(ours(record.headers))
    except (KeyError, ValueError):
        return record
    return Redriven(
        topic=origin.topic,
        partition=origin.partition,
        offset=origin.offset,
        key=record.key,
        value=record.value,
        headers=theirs(record.headers),
        timestamp=origin.timestamp,
        redriven=origin.redriven,
        attempts=origin.attempts,
        ordered=origin.ordered,
    )
