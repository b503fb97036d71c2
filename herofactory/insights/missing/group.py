"""A term with everything that is it written differently, over a range."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from math import log

from herofactory.insights.missing.rules import (
    EMPTY_SHARE,
    LATELY_PEOPLE,
    NO_CLICKS_CHANCE,
    NO_CLICKS_PEOPLE,
)
from herofactory.insights.people import People
from herofactory.platform.events.search import MissingKind

_MASK = re.compile(r"\[[a-z_]+\]")


@dataclass(frozen=True, slots=True)
class Group:
    """`people` are who searched for it, `empty_people` who found nothing; times are starts of buckets."""

    term: str
    forms: Mapping[str, int]
    searches: int
    empty: int
    clicked: int
    people: People
    empty_people: People
    lately_empty_people: People
    """Who found nothing after the last that found something."""
    first_at: datetime
    last_at: datetime

    @property
    def form(self) -> str:
        """The commonest one; of equal ones the first by code points."""
        return min(self.forms, key=lambda form: (-self.forms[form], form), default=self.term)

    @property
    def personal(self) -> bool:
        """Whether anybody's personal data was in it before it was masked."""
        return any(_MASK.search(form) for form in self.forms)

    def kind(self, click_share: float | None) -> MissingKind | None:
        """Why it is missing; None where it is not. `click_share`: of all searches that find something."""
        if self._finds_nothing():
            return "no_results"
        if self.clicked or len(self.people) < NO_CLICKS_PEOPLE or not click_share:
            return None
        luck = log(NO_CLICKS_CHANCE) / log(1 - min(click_share, 0.99))
        return "no_clicks" if self.searches - self.empty >= luck else None

    def _finds_nothing(self) -> bool:
        if self.empty == self.searches:
            return bool(self.empty)
        if not self.clicked and self.empty >= EMPTY_SHARE * self.searches and len(self.empty_people) >= LATELY_PEOPLE:
            return True
        return len(self.lately_empty_people) >= LATELY_PEOPLE

    def people_in_vain(self, kind: MissingKind) -> int:
        return len(self.empty_people if kind == "no_results" else self.people)

    def rate(self, kind: MissingKind) -> float | None:
        """Share of searches that find nothing, or of those that find something and are not clicked."""
        if kind == "no_results":
            return self.empty / self.searches if self.searches else None
        found = self.searches - self.empty
        return max(found - self.clicked, 0) / found if found else None


def merged(groups: Iterable[Group], heads: Mapping[str, str]) -> dict[str, Group]:
    """By head. A slip's searches are its head's, whether or not the head itself was searched for."""
    gathered: dict[str, list[Group]] = {}
    for group in groups:
        gathered.setdefault(heads.get(group.term, group.term), []).append(group)
    return {head: reduce(lambda one, other: _joined(head, one, other), each) for head, each in gathered.items()}


def _joined(head: str, one: Group, other: Group) -> Group:
    return Group(
        term=head,
        forms=Counter(one.forms) + Counter(other.forms),
        searches=one.searches + other.searches,
        empty=one.empty + other.empty,
        clicked=one.clicked + other.clicked,
        people=one.people | other.people,
        empty_people=one.empty_people | other.empty_people,
        lately_empty_people=one.lately_empty_people | other.lately_empty_people,
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
    )
