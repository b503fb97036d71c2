"""Insights: who searched for what and who looked at what, counted by people, against a plain count of the events.

The rules, from docs/adr/0010-insights.md: the same person's same search counts once in half an hour; one that the same
visit goes on from within three seconds, with another text and without a click, was only typed on the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.check.events import Event
from tests.chaos.check.evidence import Evidence
from tests.chaos.check.problems import Problems
from tests.chaos.check.topics import Topics
from tests.chaos.visits import Visits

SETTLE_S = 3.0
AGAIN_S = 1_800.0
AROUND = timedelta(hours=3)
"""Longer than a run whose clocks jump, and its clocks, are off."""
Figures = dict[str, tuple[int, int]]
"""People and searches (or views and clicks) by term or item."""


def check_figures(evidence: Evidence, topics: Topics, visits: Visits, problems: Problems) -> None:
    searches, clicks, views = (
        [event for event in topics[topic] if event.value and event.value["source"] != "test"]
        for topic in ("search.query", "search.clicked", "item.viewed")
    )
    _check_sent(searches, visits.searched, lambda value: value["normalised"], problems)
    _check_sent(clicks, visits.clicked, lambda value: value["item_id"], problems)
    _check_sent(views, visits.viewed, lambda value: value["item_id"], problems)
    if visits.answered and not searches:
        problems.add(f"{visits.answered} searches were answered, and none is in the log")
    _check_people([*searches, *clicks, *views], problems)
    said = _said(evidence, "searches/popular", lambda item: (item["term"], item["people"], item["searches"]))
    _compare("searches for", _of_terms(searches, clicks), said, problems)
    said = _said(evidence, "items/popular", lambda item: (item["id"], item["people"], item["views"] + item["clicks"]))
    wanted = _of_items(clicks, views)
    if wanted and not said:
        problems.add(f"{len(wanted)} items were looked at, and none is popular")
    _compare("looks at", {id: each for id, each in wanted.items() if id in said}, said, problems)


def _check_sent(
    events: Iterable[Event],
    sent: Mapping[tuple[str, str], int],
    detail: Callable[[Mapping[str, Any]], str],
    problems: Problems,
) -> None:
    """None may be there that nobody sent; some may be lost on the way."""
    found: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        assert event.value is not None
        found[event.value["session"], detail(event.value)].append(event)
    for what, mine in found.items():
        if len(mine) > sent.get(what, 0):
            places = [event.place for event in mine]
            problems.add(f"{mine[0].topic} of {what} is there {len(mine)} times, sent {sent.get(what, 0)}: {places}")


def _check_people(events: Iterable[Event], problems: Problems) -> None:
    """One pseudonym per visit here, and one visit per pseudonym."""
    pairs = {(event.value["session"], event.value["person"]) for event in events if event.value}
    sessions, people = {session for session, _ in pairs}, {person for _, person in pairs}
    if not len(pairs) == len(sessions) == len(people):
        problems.add(f"{len(sessions)} visitors have {len(people)} pseudonyms in {len(pairs)} pairs: {sorted(pairs)}")


def _of_terms(searches: Iterable[Event], clicks: Iterable[Event]) -> Figures:
    clicked = {(click.value["person"], click.value["query_id"]) for click in clicks if click.value}
    visits: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(searches, key=lambda event: (event.occurred_at, event.id)):
        assert event.value is not None
        if event.value["page"] == 1 and event.value["normalised"]:
            visits[event.value["session"]].append(event)
    found = [
        (event.value["normalised"], event.value["person"], event.occurred_at)
        for visit in visits.values()
        for number, event in enumerate(visit)
        if event.value
        and ((event.value["person"], event.value["query_id"]) in clicked or not _typed_on(event, visit[number + 1 :]))
    ]
    return _counted(found)


def _typed_on(event: Event, later: Sequence[Event]) -> bool:
    assert event.value is not None
    for other in later:
        assert other.value is not None
        if other.occurred_at - event.occurred_at >= SETTLE_S:
            return False
        if other.value["normalised"] != event.value["normalised"]:
            return True
    return False


def _of_items(clicks: Iterable[Event], views: Iterable[Event]) -> Figures:
    kinds = [
        _counted((e.value["item_id"], e.value["person"], e.occurred_at) for e in kind if e.value)
        for kind in (clicks, views)
    ]
    people: dict[str, set[str]] = defaultdict(set)
    for event in (*clicks, *views):
        assert event.value is not None
        people[event.value["item_id"]].add(event.value["person"])
    return {id: (len(who), sum(kind.get(id, (0, 0))[1] for kind in kinds)) for id, who in people.items()}


def _counted(found: Iterable[tuple[str, str, float]]) -> Figures:
    """(what, who, when) to people and times; again within half an hour of the last time counts for nothing."""
    people: dict[str, set[str]] = defaultdict(set)
    times: dict[str, int] = defaultdict(int)
    last: dict[tuple[str, str], float] = {}
    for what, who, at in sorted(found, key=lambda each: each[2]):
        people[what].add(who)
        times[what] += at - last.get((what, who), float("-inf")) >= AGAIN_S
        last[what, who] = at
    return {what: (len(people[what]), times[what]) for what in people}


def _said(evidence: Evidence, figures: str, read: Callable[[Mapping[str, Any]], tuple[str, int, int]]) -> Figures:
    now = datetime.now(UTC)
    query = {"from": (now - AROUND).isoformat(), "to": (now + AROUND).isoformat(), "raw": "true", "limit": "100"}
    with evidence.http(evidence.admin) as http:
        answer = http.get(f"/api/v1/insights/{figures}", params=query).raise_for_status().json()
    return {what: (people, times) for what, people, times in map(read, answer["items"])}


def _compare(what: str, wanted: Figures, said: Figures, problems: Problems) -> None:
    for each in sorted(wanted.keys() | said.keys()):
        if wanted.get(each) != said.get(each):
            problems.add(f"{what} {each}: insights say (people, times) {said.get(each)}, counted {wanted.get(each)}")
