"""One visit: type, look, click, look further, try again."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from herofactory.insights.simulation.identity import uuid7_at
from herofactory.insights.simulation.occurrence import Occurrence, Seen
from herofactory.insights.simulation.variants import written
from herofactory.insights.simulation.vocabulary import Term
from herofactory.platform.events.search import ItemViewed, SearchClicked, SearchQueried

PAGE = 20
MORE_SEARCHES = 0.45
"""Chance of one more search when the last one was clicked."""
REFORMULATES = 0.4
"""Chance of another search when nothing was clicked."""
AS_YOU_TYPE = 0.25
RELOADS = 0.04
NEXT_PAGE = 0.05
EXAMINES = 0.8
"""Chance to look at the next position; attraction is the chance to click what is looked at."""
ATTRACTION = 0.22
LOOKS_FURTHER = 0.3
"""Chance to open a similar item from an item's page."""
LONGEST = 12

Draw = Callable[[], Term]
Vain = Callable[[str, str, str], None]
"""Told of a term that found nothing, as it was written, and by whom."""


class Visit:
    """Draws the events of one visit of one person, in time order."""

    def __init__(self, rng: Random, person: str, at: float, draw: Draw, vain: Vain) -> None:
        self._rng = rng
        self._person = person
        self._at = at
        self._draw = draw
        self._vain = vain
        self._session = f"{rng.getrandbits(64):016x}"
        self.events: list[Occurrence] = []

    def run(self, first: Term) -> list[Occurrence]:
        term = first
        for _ in range(LONGEST):
            clicked = self._search(term)
            if self._rng.random() >= (MORE_SEARCHES if clicked else REFORMULATES):
                break
            self._wait(20.0 if clicked else 12.0)
            term = self._draw()
        return self.events

    def _search(self, term: Term) -> bool:
        text, meant = written(term.text, self._rng)
        if self._rng.random() < AS_YOU_TYPE and len(text) > 3:
            self._type(text)
        items = term.items if meant else ()
        query_id = self._ask(text, items)
        if self._rng.random() < RELOADS:
            self._wait(60.0)
            query_id = self._ask(text, items)
        if not term.items and meant:
            self._vain(term.text, text, self._person)
        asked = self._at
        clicked = term.clickable and self._click(query_id, asked, items[:PAGE], 0)
        if not clicked and len(items) > PAGE and self._rng.random() < NEXT_PAGE:
            self._wait(15.0)
            self._ask(text, items, query_id=query_id, page=2)
            clicked = term.clickable and self._click(query_id, asked, items[PAGE : 2 * PAGE], PAGE)
        return clicked

    def _type(self, text: str) -> None:
        """What the page asks for while somebody types on."""
        for length in range(2, len(text), 2):
            self._ask(text[:length].strip(), ())
            self._at += self._rng.uniform(0.3, 1.5)

    def _ask(self, text: str, items: tuple[str, ...], *, query_id: str | None = None, page: int = 1) -> str:
        query_id = query_id or uuid7_at(self._at, self._rng)
        shown = items[(page - 1) * PAGE : page * PAGE]
        latency = 2.0 + self._rng.expovariate(0.2)
        # Positional: some 40 % faster than by name, and this is where a simulation spends its time.
        queried = SearchQueried(
            query_id, self._session, self._person, None, text, text, None, (), None, None,
            "relevance", len(items), shown, latency, None, page, "simulated",
        )  # fmt: skip
        self._emit(queried)
        return query_id

    def _click(self, query_id: str, asked: float, items: tuple[str, ...], before: int) -> bool:
        """From top to bottom, as long as they care to look."""
        for place, item_id in enumerate(items, before + 1):
            if self._rng.random() < ATTRACTION:
                self._wait(6.0 + 1.5 * (place - before))
                after_ms = int((self._at - asked) * 1000)
                person, session = self._person, self._session
                self._emit(SearchClicked(query_id, session, person, None, item_id, place, after_ms, "simulated"))
                self._at += 0.2
                self._emit(ItemViewed(item_id, session, person, None, query_id, "simulated"))
                self._look_further(items, item_id)
                return True
            if self._rng.random() >= EXAMINES:
                return False
        return False

    def _look_further(self, items: tuple[str, ...], seen: str) -> None:
        if self._rng.random() < LOOKS_FURTHER and len(items) > 1:
            other = self._rng.choice(items)
            if other != seen:
                self._wait(25.0)
                self._emit(ItemViewed(other, self._session, self._person, None, None, "simulated"))

    def _wait(self, mean_s: float) -> None:
        """Never less than four seconds: what is typed on faster is noise."""
        self._at += 4.0 + self._rng.expovariate(1 / mean_s)

    def _emit(self, event: Seen) -> None:
        self.events.append(Occurrence(self._at, uuid7_at(self._at, self._rng), event))
