"""Reading `dead.*` topics in pieces, so that memory holds one piece however long they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from herofactory.platform.delivery.dead_letter import DeadLetter
from herofactory.platform.delivery.letters.letter import Letter
from herofactory.platform.eventlog.port import EventLog

PAGE = 500
"""Records read at once."""


def read_held(log: EventLog, letters: Sequence[Letter]) -> Iterator[tuple[Letter, DeadLetter]]:
    """The whole of each of `letters`, in the order they lie in the log; those that retention took are missing."""
    by_place = sorted(letters, key=lambda letter: (letter.dead_topic, letter.held_in, letter.held_at))
    wanted = {(letter.dead_topic, letter.held_in, letter.held_at): letter for letter in by_place}
    read_to: tuple[str, int, int] | None = None
    for letter in by_place:
        if read_to and (letter.dead_topic, letter.held_in) == read_to[:2] and letter.held_at < read_to[2]:
            continue  # it came with one before it
        records = log.read(letter.dead_topic, letter.held_in, letter.held_at, PAGE)
        for record in records:
            found = wanted.get((letter.dead_topic, letter.held_in, record.offset))
            if found:
                yield found, DeadLetter.from_record(record)
        read_to = (letter.dead_topic, letter.held_in, records[-1].offset + 1) if records else None
