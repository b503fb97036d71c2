"""The list of what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from herofactory.insights.figures import reading
from herofactory.insights.figures.scope import PUBLIC_PEOPLE, Scope, snapshot
from herofactory.insights.missing.group import Group
from herofactory.insights.missing.nearest import NearestTerm, NearItem, nearest_items
from herofactory.insights.missing.prompt import prompt
from herofactory.insights.missing.reading import Vain, vain
from herofactory.insights.missing.states import MissingState, State, UnknownTerm, load
from herofactory.insights.terms import term_of
from herofactory.insights.window import Range
from herofactory.platform.events.search import MissingKind
from herofactory.platform.postgres.database import Database
from herofactory.search.port import SearchReader


@dataclass(frozen=True, slots=True)
class MissingTerm:
    term: str
    """Folded; names it in `dismiss` and `reopen`."""
    form: str
    """The commonest spelling: what to show."""
    kind: MissingKind
    state: State
    people: int
    """Who found nothing, or nothing worth a click, within the range."""
    searches: int
    rate: float | None
    """Share of its searches without a result, or of those with results without a click; None without searches."""
    first_at: datetime
    last_at: datetime
    variants: tuple[str, ...]
    """Other spellings, the commonest first; not in public."""
    prompt: str
    """Ready to be sent as the text of a generation."""
    nearest_term: str | None
    """What people search for and find, as they spell it."""
    nearest_items: tuple[NearItem, ...]
    status: MissingState | None
    """Answered by which item, when; dismissed by whom: not in public. None until the keeper noticed it."""


async def missing_terms(
    database: Database,
    scope: Scope,
    during: Range,
    *,
    limit: int = 20,
    public: bool = True,
    state: State | None = State.OPEN,
    reader: SearchReader | None = None,
) -> list[MissingTerm]:
    """Most people first. `state`: None is all. `reader`: for the nearest items; without it there are none.

    `public`: only what PUBLIC_PEOPLE missed, nothing that was dismissed or that held personal data, no variants.
    Raises SearchError where the index is away.
    """
    async with snapshot(database) as connection:
        states = await load(connection, scope.simulated)
        found = await vain(connection, scope, during, list(states))
        rows = sorted(_rows(found, states, state, public), key=lambda row: (-row.people, -row.searches, row.term))[
            :limit
        ]
        near = await asyncio.to_thread(_nearest_terms, found, rows)
        forms = await reading.forms(connection, scope, during, [term for term in near.values() if term])
    items = await asyncio.to_thread(_nearest_items, reader, rows)
    return [row.shown(_form(forms, near[row.term]), items.get(row.term, ())) for row in rows]


async def missing_term(
    database: Database, scope: Scope, during: Range, given: str, *, public: bool = True
) -> MissingTerm:
    """The one that `given` names: as it is shown, folded, or in any other spelling. Without what is near it.

    Raises UnknownTerm; `public`: also for one that `missing_terms` would not show.
    """
    async with snapshot(database) as connection:
        states = await load(connection, scope.simulated)
        found = await vain(connection, scope, during, list(states))
    names = (given, term_of(given))
    named = [row for row in _rows(found, states, None, public) if row.term in names or row.form == given]
    if not named:
        raise UnknownTerm(f"{given!r} is no missing term; take `term` or `key` from the list of missing terms")
    return max(named, key=lambda row: (row.term == given, row.form == given)).shown(None, ())


@dataclass(frozen=True, slots=True)
class _Row:
    term: str
    kind: MissingKind
    group: Group | None
    status: MissingState | None
    public: bool

    @property
    def people(self) -> int:
        return self.group.people_in_vain(self.kind) if self.group else 0

    @property
    def searches(self) -> int:
        return self.group.searches if self.group else 0

    @property
    def form(self) -> str:
        return self.group.form if self.group else self.status.form if self.status else self.term

    @property
    def state(self) -> State:
        return self.status.state if self.status else State.OPEN

    @property
    def private(self) -> bool:
        return self.people < PUBLIC_PEOPLE or self.state is State.DISMISSED or (
            self.group is not None and self.group.personal
        )  # fmt: skip

    def shown(self, near: str | None, items: tuple[NearItem, ...]) -> MissingTerm:
        first_at, last_at = self._seen()
        forms = self.group.forms if self.group and not self.public else {}
        variants = sorted(forms, key=lambda form: (-forms[form], form))[1:]
        rate = self.group.rate(self.kind) if self.group else None
        return MissingTerm(
            self.term, self.form, self.kind, self.state, self.people, self.searches, rate, first_at, last_at,
            tuple(variants), prompt(self.form), near, items, None if self.public else self.status,
        )  # fmt: skip

    def _seen(self) -> tuple[datetime, datetime]:
        if self.group is None:
            assert self.status is not None  # a row has one or the other
            return self.status.first_at, self.status.last_at
        return self.group.first_at, self.group.last_at


def _rows(found: Vain, states: Mapping[str, MissingState], wanted: State | None, public: bool) -> Iterator[_Row]:
    for term in {**found.kinds, **states}:
        group, status = found.groups.get(term), states.get(term)
        # What the keeper decided stays, whatever this range alone would say.
        kind = status.kind if status else found.kinds[term]
        row = _Row(term, kind, group, status, public)
        if wanted in (None, row.state) and not (public and row.private) and (group or row.state is not State.OPEN):
            yield row


def _nearest_terms(found: Vain, rows: list[_Row]) -> dict[str, str | None]:
    nearest = NearestTerm({term: people for term, people in found.finding.items() if people >= PUBLIC_PEOPLE})
    return {row.term: nearest.to(row.form) for row in rows}


def _nearest_items(reader: SearchReader | None, rows: list[_Row]) -> dict[str, tuple[NearItem, ...]]:
    return {row.term: nearest_items(reader, row.form) for row in rows} if reader else {}


def _form(forms: Mapping[str, str], term: str | None) -> str | None:
    return None if term is None else forms.get(term, term)
