"""The log: what was accepted is told, once per event but for repeats of the same, and in order per key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tests.chaos.check.events import Event, LogFile
from tests.chaos.check.items import Rows
from tests.chaos.check.problems import Problems
from tests.chaos.drafts import token_of
from tests.chaos.ledger import Ledger

TOLD_OF = ("item.created", "item.updated")
TOPICS = (
    *TOLD_OF,
    "item.moderated",
    "item.mirrored",
    "item.viewed",
    "search.query",
    "search.clicked",
    "prompt.requested",
    "prompt.optimised",
    "generation.requested",
    "generation.progressed",
    "generation.completed",
    "generation.failed",
    "generation.cancelled",
)
ORDERED = (*TOLD_OF, "item.mirrored")
"""Their revision rises from one event of a key to the next."""

Topics = Mapping[str, Sequence[Event]]


def topics_of(log: LogFile, problems: Problems) -> Topics:
    """Each event once. Repeats under one id are the declared at-least-once; they must say the same."""
    firsts: dict[str, list[Event]] = {topic: [] for topic in TOPICS}
    seen: dict[str, Event] = {}
    for event in log.events(*TOPICS):
        known = seen.setdefault(event.id, event)
        if known is event:
            firsts[event.topic].append(event)
        elif (known.topic, known.key, known.value) != (event.topic, event.key, event.value):
            problems.add(f"one event id, two events: {known.place} and {event.place} are both {event.id}")
    return firsts


def check_log(log: LogFile, topics: Topics, ledger: Ledger, rows: Rows, problems: Problems) -> None:
    problems.extend(f"dead letter in {each}" for each in log.dead_letters())
    for topic in ORDERED:
        _check_order(topics[topic], problems)
    _check_contents([*topics["item.created"], *topics["item.updated"]], ledger, rows, problems)
    _check_verdicts([*topics["item.created"], *topics["item.updated"]], topics["item.moderated"], problems)
    _check_mirror(topics["item.mirrored"], {row["id"]: row for row in rows.values()}, problems)


def by_key(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        found[event.key].append(event)
    return found


def _check_order(events: Iterable[Event], problems: Problems) -> None:
    for key, mine in by_key(events).items():
        revisions = [event.revision or 0 for event in mine]
        if revisions != sorted(set(revisions)):
            problems.add(f"{mine[0].topic} of {key} is out of order or told twice: revisions {revisions}")


def _check_contents(told: Iterable[Event], ledger: Ledger, rows: Rows, problems: Problems) -> None:
    """Each accepted content was told of, under its item's key; and nothing else was."""
    keys: dict[str, list[str]] = defaultdict(list)
    for event in told:
        assert event.value is not None
        keys[token_of(event.value["name"])].append(event.key)
    for entry in ledger.entries.values():
        row = rows.get(entry.draft.token)
        known = entry.id or (row["id"] if row else None)
        # An import that was killed may have been put right by the next one, which tells of the newer content only.
        for token in entry.contents if entry.id else entry.contents[-1:]:
            if keys.get(token) != [known]:
                problems.of(entry, f"content {token} was told of under the keys {keys.get(token, [])}")
    for token in keys.keys() - set(ledger.tokens()):
        problems.add(f"{token} was told of under {keys[token]}, but nobody put it up")


def _check_verdicts(told: Iterable[Event], moderated: Iterable[Event], problems: Problems) -> None:
    """One automatic verdict per content."""
    verdicts: dict[tuple[str, int], list[Event]] = defaultdict(list)
    for event in moderated:
        assert event.value is not None
        if event.value["provider"] != "moderator":
            verdicts[event.key, event.value["content_revision"]].append(event)
    for event in told:
        assert event.value is not None
        given = verdicts.pop((event.key, event.value["content_revision"]), [])
        if len(given) != 1:
            problems.add(f"{event.place} of {event.key} has {len(given)} verdicts: {[each.place for each in given]}")
    for (key, revision), given in verdicts.items():
        problems.add(f"content {revision} of {key}, which was never told of, has a verdict: {given[0].place}")


def _check_mirror(mirrored: Iterable[Event], rows: Rows, problems: Problems) -> None:
    """The last event of a key is how the row is now. Older ones may be compacted away."""
    last = {key: events[-1] for key, events in by_key(mirrored).items()}
    for key, event in last.items():
        row = rows.get(key)
        approved = row is not None and row["status"] == "approved"
        wanted = (row["revision"], row["price"]) if row and approved else None
        if wanted != (event.value and (event.revision, event.value["price"])):
            problems.add(f"mirror of {key} ends with {event}, the row is {row}")
    for key, row in rows.items():
        if row["status"] == "approved" and key not in last:
            problems.add(f"{key} is approved but was never mirrored")
