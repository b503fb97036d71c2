"""Reading dead letters from an event log."""

from __future__ import annotations

from collections.abc import Iterator

from herofactory.platform.delivery.dead_letter import DEAD_PREFIX, DeadLetter
from herofactory.platform.eventlog.port import EventLog, UnknownTopic
from herofactory.platform.records import Record

_PAGE = 500


def list_dead_letters(log: EventLog, agent: str | None = None) -> Iterator[DeadLetter]:
    """Dead letters of one agent or of all, each once, in the order they were written per agent: redriven or dropped
    ones too, which `letters` tells apart.

    Of a letter that was written more than once that after the most redrives counts, of those the first. Reads twice and
    remembers where each lies, some 200 bytes. Raises UnknownTopic for an agent without a dead letter topic.
    """
    for topic in _topics(log, agent):
        newest: dict[tuple[str, str, int, int], tuple[int, int, int]] = {}
        for record in _records(log, topic):
            letter = DeadLetter.from_record(record)
            known = newest.get(letter.coordinates)
            if known is None or letter.redriven > known[0]:
                newest[letter.coordinates] = letter.redriven, record.partition, record.offset
        for record in _records(log, topic):
            letter = DeadLetter.from_record(record)
            is_newest = newest.get(letter.coordinates, (0, 0, -1))[1:] == (record.partition, record.offset)
            if is_newest:
                yield letter


def _topics(log: EventLog, agent: str | None) -> list[str]:
    known = [name for name in log.topics() if name.startswith(DEAD_PREFIX)]
    if agent is None:
        return sorted(known)
    if DEAD_PREFIX + agent not in known:
        names = ", ".join(sorted(name.removeprefix(DEAD_PREFIX) for name in known)) or "none"
        raise UnknownTopic(f"no dead letter topic for agent {agent!r}; there are: {names}")
    return [DEAD_PREFIX + agent]


def _records(log: EventLog, topic: str) -> Iterator[Record]:
    for partition, held in sorted(log.offsets(topic).items()):
        position = held.earliest
        while position < held.end:
            page = log.read(topic, partition, position, _PAGE)
            if not page:
                break
            yield from page
            position = page[-1].offset + 1
