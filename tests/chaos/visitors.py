"""Visitors without an account who search, open results and look at items: what insights are made of."""

from __future__ import annotations

import httpx

from tests.chaos.actor import Actor
from tests.chaos.visits import Visits

TERMS = ("검", "물약", "갑옷", "반지", "철광석", "왕관", "드래곤", "지팡이")
"""The last three are not in the store."""
PEOPLE = 40
"""At work at once."""
LEAVES = 0.02
"""Share of the searches that are a visitor's last; then another comes. Nobody searches as often as a machine does."""


class Visitors(Actor):
    """Nobody asks again: what was seen of a visit is best effort, and counted as far as it was seen."""

    pause_s = (0.02, 0.1)

    def __init__(self, url: str, visits: Visits, seed: int) -> None:
        super().__init__(url, seed)
        self._visits = visits
        self._seed, self._came = seed, 0
        self._sessions = [self._newcomer() for _ in range(PEOPLE)]

    def _newcomer(self) -> str:
        self._came += 1
        return f"visit-{self._seed}-{self._came}"

    def step(self) -> None:
        place = self.rng.randrange(PEOPLE)
        session = self._sessions[place]
        if self.rng.random() < LEAVES:
            self._sessions[place] = self._newcomer()
        try:
            self._visit(session)
        except httpx.HTTPError:
            self.repeated += 1

    def _visit(self, session: str) -> None:
        text = self.rng.choice(TERMS)
        self._visits.note(self._visits.searched, session, text)
        answer = self.http.get("/api/v1/search", params={"q": text, "session": session})
        if answer.status_code != 200:
            return
        self._visits.answered += 1
        found = answer.json()
        if found["items"] and self.rng.random() < 0.6:
            self._open(session, found["query_id"], found["items"])

    def _open(self, session: str, query_id: str, items: list[dict[str, str]]) -> None:
        position = self.rng.randrange(min(len(items), 5))
        item = items[position]["id"]
        self._visits.note(self._visits.clicked, session, item)
        click = {"item_id": item, "position": position + 1}
        self.http.post(f"/api/v1/search/{query_id}/clicks", params={"session": session}, json=click)
        self._visits.note(self._visits.viewed, session, item)
        self.http.get(f"/api/v1/items/{item}", params={"session": session, "query_id": query_id})
