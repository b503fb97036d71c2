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
    label: str = ""
    """Of the generation that gets it; "" for all."""


def restore(records: Sequence[Record], label: str) -> Sequence[Record]:
    """Of records of a retry topic, without those for other generations than `label`. One that no redrive wrote stays as
    it is, and is not decodable."""
    restored = map(_restore, records)
    return [each for each in restored if not isinstance(each, Redriven) or each.label in ("", label)]


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
        label=origin.label,
    )
