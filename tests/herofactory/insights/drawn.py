"""Raw events for tests: what hypothesis draws, and ways to bring it into the product."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import strategies as st

from herofactory.insights.intake import Intake
from tests.herofactory.insights.naive import Raw

START = 1_767_225_600
"""2026-01-01T00:00Z."""
HOUR = 3600
ITEMS = [f"0190c0de-0000-7000-8000-{number:012x}" for number in range(25)]
TEXTS = ["마법검", "마법 검", "방패", "po tion", "potion"]
# Around every border there is: of settling, reformulating, repeats, buckets and hours.
_STEPS = [0.0, 0.5, 2.5, 3.0, 3.5, 59.5, 60.5, 299.5, 300.0, 1799.5, 1800.0, 1803.0, 2400.0]


def joined(text: str) -> str:
    """A stand-in for the analyser."""
    return text.replace(" ", "")


def id_at(at: float, number: int) -> str:
    """A UUIDv7 of that time."""
    digits = f"{int(at * 1000):012x}7{number:019x}"
    digits = digits[:16] + "8" + digits[17:]
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


PERSONS = [0, 4, 2**64 - 4, 1]


@dataclass(frozen=True)
class World:
    """Few persons and terms meet every rule's border; many meet each other."""

    persons: st.SearchStrategy[int]
    texts: st.SearchStrategy[str]
    items: st.SearchStrategy[str]
    simulated: st.SearchStrategy[bool]


WORLDS = st.builds(
    lambda persons, texts, items, simulated: World(*map(st.sampled_from, (persons, texts, items, simulated))),
    st.sampled_from([PERSONS[:1], PERSONS]),
    st.sampled_from([TEXTS[:1], TEXTS[:3], [*TEXTS, ""]]),
    st.sampled_from([ITEMS[:2], ITEMS]),
    st.sampled_from([[False], [False, False, False, True]]),
)


@st.composite
def raw_events(draw: st.DrawFn, bursts: bool = True) -> list[Raw]:
    events: list[Raw] = []
    world = draw(WORLDS)
    at = float(START + draw(st.sampled_from([HOUR - 2, HOUR - 400, HOUR + 10])))
    for number in range(draw(st.integers(0, 25))):
        at += draw(st.sampled_from(_STEPS))
        events.append(draw(_event(world, number, at, [event for event in events if event.kind == "search"])))
    if bursts and draw(st.integers(0, 9)) == 0:
        events += draw(_burst(at))
    return events


@st.composite
def _event(draw: st.DrawFn, world: World, number: int, at: float, searches: list[Raw]) -> Raw:
    kind = draw(st.sampled_from(["search", "search", "click", "view"]))
    common: dict[str, Any] = {
        "kind": kind,
        "event_id": id_at(at, number),
        "at": at,
        "person": draw(world.persons),
        "session": draw(st.sampled_from("ab")),
        "simulated": draw(world.simulated),
    }
    if kind == "search":
        return draw(_search(world, number, common))
    common["item_id"] = draw(world.items)
    if kind == "view":
        return Raw(**common)
    if searches:
        searched = draw(st.sampled_from(searches))
        common["query_id"] = searched.query_id
        if draw(st.integers(0, 3)):
            common |= {"person": searched.person, "session": searched.session, "simulated": searched.simulated}
    else:
        common["query_id"] = id_at(at - 1, 1000 + number)
    after_ms = draw(st.sampled_from([None, 0, 1500, 1_800_000, 5_000_000]))
    return Raw(**common, position=draw(st.integers(1, 9)), after_ms=after_ms)


@st.composite
def _search(draw: st.DrawFn, world: World, number: int, common: dict[str, Any]) -> Raw:
    return Raw(
        **common,
        query_id=id_at(common["at"] - draw(st.sampled_from([0, 0, 0, 30, 61])), number),
        text=draw(world.texts),
        page=draw(st.sampled_from([1, 1, 1, 2])),
        total=draw(st.sampled_from([0, 7])),
        filtered=draw(st.sampled_from([False, False, True])),
    )


@st.composite
def _burst(draw: st.DrawFn, start: float) -> list[Raw]:
    """Somebody, or something, that searches again and again."""
    count = draw(st.sampled_from([29, 31, 122]))
    gap = draw(st.sampled_from([4.0, 10.0, 25.0]))
    jitter = draw(st.sampled_from([0.0, 0.5, 8.0]))
    person, texts = draw(st.sampled_from(PERSONS)), draw(st.sampled_from([TEXTS[:1], TEXTS]))
    times = [start + index * gap + (index % 2) * jitter for index in range(count)]
    return [
        Raw("search", id_at(at, 500 + n), at, person, "a", query_id=id_at(at, 500 + n), text=texts[n % len(texts)])
        for n, at in enumerate(times)
    ]


def take(events: Iterable[Raw], appended_at: float | None = None) -> Intake:
    """Through the intake, as the agent calls it."""
    intake = Intake()
    for e in events:
        source: Any = "simulated" if e.simulated else "typed"
        common = (e.event_id, e.at, appended_at or e.at, e.session, f"{e.person:016x}", source)
        if e.kind == "search":
            intake.search(*common, e.query_id, e.text, e.page, e.total, e.filtered)
        elif e.kind == "click":
            intake.click(*common, e.query_id, e.item_id, e.position, e.after_ms)
        else:
            intake.view(*common, e.item_id)
    return intake


def mixed(events: Iterable[Raw], seed: int) -> list[Raw]:
    """Out of order, and some of them twice."""
    chance = Random(seed)
    events = list(events)
    events += [event for event in events if chance.random() < 0.2]
    chance.shuffle(events)
    return events
