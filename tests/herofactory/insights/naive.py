"""The figures computed the plain way: all raw events at once, one rule after the other, every loop over everything.

Written from the rules in docs/adr/0010-insights.md, without the product's code for them; slow, and easy to check.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

HALF_HOUR = 1800


@dataclass(frozen=True)
class Raw:
    """One event, with what matters of search.query, search.clicked and item.viewed."""

    kind: str
    event_id: str
    at: float
    person: int
    session: str
    simulated: bool = False
    query_id: str = ""
    text: str = ""
    page: int = 1
    total: int = 0
    filtered: bool = False
    item_id: str = ""
    position: int = 1
    after_ms: int | None = None


@dataclass
class Figures:
    """Rows by their key; those of one key never repeat."""

    terms: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    items: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    quality: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    pairs: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)


def figures(raw: list[Raw], term_of: Any, now: float | None = None) -> Figures:
    """Of all hours and persons. Buckets and hours are their start in seconds since the epoch."""
    found = Figures()
    distinct = list({event.event_id: event for event in raw}.values())
    for simulated in (False, True):
        events = sorted((e for e in distinct if e.simulated is simulated), key=lambda e: (e.at, e.event_id))
        Naive(simulated, events, term_of, now).into(found)
    return found


def five_minutes(at: float) -> int:
    return int(at) - int(at) % 300


def an_hour(at: float) -> int:
    return int(at) - int(at) % 3600


def time_of(query_id: str) -> float:
    return (UUID(query_id).int >> 80) / 1000


class Naive:
    def __init__(self, simulated: bool, events: list[Raw], term_of: Any, now: float | None) -> None:
        self.simulated = simulated
        self.term_of = term_of
        self.now = now
        self.clicks = [event for event in events if event.kind == "click"]
        self.touches = [event for event in events if event.kind != "search"]
        everything = [event for event in events if event.kind == "search"]
        self.searches = [event for event in everything if event.page == 1 and event.text]
        self.states = {search.event_id: self.state_of(search) for search in self.searches}
        self.settled = [search for search in self.searches if self.states[search.event_id] == "settled"]
        self.robots = {(e.person, an_hour(e.at)) for e in events if self.is_robot(e.person, an_hour(e.at))}

    def clicks_on(self, search: Raw) -> list[Raw]:
        if (
            not any(c.query_id == search.query_id for c in self.clicks)
            or abs(time_of(search.query_id) - search.at) > 60
        ):
            return []
        return [c for c in self.clicks if c.query_id == search.query_id and c.person == search.person]

    def state_of(self, search: Raw) -> str:
        if self.clicks_on(search):
            return "settled"
        for other in self.searches:
            same_visit = (other.person, other.session) == (search.person, search.session)
            later = (other.at, other.event_id) > (search.at, search.event_id)
            if same_visit and later and other.at - search.at < 3 and other.text != search.text:
                return "noise"
        return "settled" if self.now is None or self.now >= search.at + 3 else "open"

    def is_robot(self, person: int, hour: int) -> bool:
        def within(events: list[Raw]) -> list[Raw]:
            return [e for e in events if e.person == person and an_hour(e.at) == hour]

        searches, clicks = within(self.settled), within(self.clicks)
        views = [e for e in within(self.touches) if e.kind == "view"]
        gaps = [later.at - earlier.at for earlier, later in pairwise(searches)]
        mean = sum(gaps) / len(gaps) if gaps else 0
        deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5 if gaps else 0
        steady = len(searches) >= 30 and not clicks and deviation <= 0.1 * mean
        return len(searches) > 120 or len(views) > 600 or steady

    def same(self, one: Raw, other: Raw) -> bool:
        return (one.person, self.term_of(one.text), one.filtered) == (
            other.person,
            self.term_of(other.text),
            other.filtered,
        )

    def is_reload(self, search: Raw) -> bool:
        place = self.settled.index(search)
        return any(self.same(search, e) and search.at - e.at < HALF_HOUR for e in self.settled[:place])

    def clicks_of(self, search: Raw) -> list[Raw]:
        """On it and on its repeats of half an hour, the first on each item, then those with a known time."""
        place = self.settled.index(search)
        repeats = [e for e in self.settled[place:] if self.same(search, e) and e.at - search.at < HALF_HOUR]
        found = {click.event_id: click for each in repeats for click in self.clicks_on(each)}
        return sorted(found.values(), key=lambda c: (c.at, c.event_id))

    def reformulated(self, search: Raw) -> bool:
        place = self.settled.index(search)
        return not self.clicks_of(search) and any(
            (e.person, e.session) == (search.person, search.session)
            and e.at - search.at < 300
            and self.term_of(e.text) != self.term_of(search.text)
            for e in self.settled[place + 1 :]
        )

    def into(self, found: Figures) -> None:
        for search in self.searches:
            self.add_search(found, search)
        for index, touch in enumerate(self.touches):
            if (touch.person, an_hour(touch.at)) not in self.robots:
                self.add_touch(found, self.touches[:index], touch)
                self.add_pairs(found, self.touches[:index], touch)

    def add_search(self, found: Figures, search: Raw) -> None:
        state = self.states[search.event_id]
        robot = (search.person, an_hour(search.at)) in self.robots
        if state == "open" or (state == "noise" and robot):
            return
        key = (self.simulated, five_minutes(search.at), search.person % 4)
        quality = found.quality.setdefault(key, Counter())
        quality.setdefault("people", set())
        if state == "noise":
            quality["noise"] += 1
        elif robot:
            quality["robots"] += 1
        elif self.is_reload(search):
            quality["reloads"] += 1
        else:
            self.add_counted(found, quality, search)

    def add_counted(self, found: Figures, quality: dict[str, Any], search: Raw) -> None:
        key = (self.simulated, five_minutes(search.at), self.term_of(search.text), search.person % 4)
        term = found.terms.setdefault(key, Counter())
        for name in ("people", "empty_people"):
            term.setdefault(name, set())
        term.setdefault("forms", Counter())[search.text] += 1
        clicks = self.clicks_of(search)
        items = {click.item_id for click in clicks}
        known = [click.after_ms for click in clicks if click.after_ms is not None]
        for row in (term, quality):
            row["searches"] += 1
            row["clicked"] += bool(clicks)
            row["clicks"] += len(items)
            row["people"].add(search.person)
        quality["empty"] += search.total == 0
        if search.total == 0 and not search.filtered:
            term["empty"] += 1
            term["empty_people"].add(search.person)
        quality["position_sum"] += sum(next(c.position for c in clicks if c.item_id == item) for item in items)
        if known:
            quality["first_clicks"] += 1
            quality["first_click_ms_sum"] += min(*known, 1_800_000)
        quality["reformulated"] += self.reformulated(search)

    def add_touch(self, found: Figures, earlier: list[Raw], touch: Raw) -> None:
        what = (touch.kind, touch.person, touch.item_id)
        if any((e.kind, e.person, e.item_id) == what and touch.at - e.at < HALF_HOUR for e in earlier):
            return
        key = (self.simulated, five_minutes(touch.at), UUID(touch.item_id), touch.person % 4)
        item = found.items.setdefault(key, Counter())
        item["clicks"] += touch.kind == "click"
        item["views"] += touch.kind == "view"
        item.setdefault("people", set()).add(touch.person)

    def add_pairs(self, found: Figures, earlier: list[Raw], touch: Raw) -> None:
        last: list[str] = []
        for e in reversed(earlier):
            same_visit = (e.person, e.session) == (touch.person, touch.session)
            if same_visit and touch.at - e.at < HALF_HOUR and e.item_id not in (touch.item_id, *last):
                last.append(e.item_id)
        for other in last[:20]:
            a, b = sorted((UUID(other), UUID(touch.item_id)))
            key = (self.simulated, an_hour(touch.at), a, b, touch.person % 4)
            found.pairs.setdefault(key, {"people": set()})["people"].add(touch.person)
