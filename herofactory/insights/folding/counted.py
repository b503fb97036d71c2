"""Searches that count, each with its repeats and clicks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from herofactory.insights.folding.clicks import Clicks
from herofactory.insights.observation import Click, Search
from herofactory.insights.rules import FIRST_CLICK_MS, REFORMULATE_S, RELOAD_S
from herofactory.insights.terms import TermOf


@dataclass(slots=True)
class Counted:
    search: Search
    term: str
    clicks: dict[str, Click] = field(default_factory=dict)
    """Item to its first click, on the search itself or on a repeat of it within half an hour."""
    first_click_ms: int | None = None
    reformulated: bool = False

    def take(self, clicks: Sequence[Click]) -> None:
        for click in clicks:
            known = self.clicks.get(click.item_id)
            if known is None or (click.at, click.event_id) < (known.at, known.event_id):
                self.clicks[click.item_id] = click
            if click.after_ms is not None:
                after_ms = min(click.after_ms, FIRST_CLICK_MS)
                self.first_click_ms = after_ms if self.first_click_ms is None else min(self.first_click_ms, after_ms)


def count(settled: Sequence[Search], clicks: Clicks, term_of: TermOf) -> tuple[list[Counted], list[Search]]:
    """Those that count, and those that repeat one within half an hour of the previous time. `settled` is in order."""
    counted: list[Counted] = []
    repeats: list[Search] = []
    previous: dict[tuple[int, str, bool], tuple[float, Counted]] = {}
    for search in settled:
        term = term_of(search.text)
        key = (search.person, term, search.filtered)
        last, first = previous.get(key, (None, None))
        if last is not None and first is not None and search.at - last < RELOAD_S:
            repeats.append(search)
            if search.at - first.search.at < RELOAD_S:
                first.take(clicks.of(search))
        else:
            first = Counted(search, term)
            first.take(clicks.of(search))
            counted.append(first)
        previous[key] = (search.at, first)
    _mark_reformulated(counted, settled, term_of)
    return counted, repeats


def _mark_reformulated(counted: Sequence[Counted], settled: Sequence[Search], term_of: TermOf) -> None:
    """Without a click, and followed by a search for something else in the same visit."""
    visits: defaultdict[tuple[int, str], list[Search]] = defaultdict(list)
    places: dict[str, int] = {}
    for search in settled:
        visit = visits[search.person, search.session]
        places[search.event_id] = len(visit)
        visit.append(search)
    for each in counted:
        if not each.clicks:
            visit = visits[each.search.person, each.search.session]
            each.reformulated = _followed(each, visit[places[each.search.event_id] + 1 :], term_of)


def _followed(counted: Counted, later: Sequence[Search], term_of: TermOf) -> bool:
    for search in later:
        if search.at - counted.search.at >= REFORMULATE_S:
            return False
        if term_of(search.text) != counted.term:
            return True
    return False
