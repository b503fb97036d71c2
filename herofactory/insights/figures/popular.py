"""What most people search for and look at, and how that changed: the rolling list with arrows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID

from herofactory.insights.figures import reading
from herofactory.insights.figures.reading import ItemFigures, TermFigures
from herofactory.insights.figures.scope import PUBLIC_PEOPLE, Scope, snapshot
from herofactory.insights.keeping.retention import KEPT
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Connection, Database

Ranks = Mapping[object, int]


class Change(StrEnum):
    NEW = "new"
    UP = "up"
    DOWN = "down"
    SAME = "same"

    @classmethod
    def between(cls, previous: int | None, rank: int) -> Self:
        if previous is None:
            return cls.NEW
        return cls.SAME if previous == rank else cls.UP if rank < previous else cls.DOWN


@dataclass(frozen=True, slots=True)
class PopularTerm:
    rank: int
    """1 for the first; by people, then searches, then the term."""
    previous_rank: int | None
    """In the window before, as long as this one; None where it was not searched for, or not by enough to be told."""
    change: Change | None
    """None where the window before reaches beyond what is kept."""
    term: str
    form: str
    """The commonest spelling: what to show."""
    people: int
    searches: int


@dataclass(frozen=True, slots=True)
class PopularItem:
    rank: int
    """By people, then hits, then id."""
    previous_rank: int | None
    change: Change | None
    item_id: UUID
    people: int
    """Who viewed or clicked."""
    hits: int
    """Views and clicks."""
    views: int
    clicks: int


async def popular_terms(
    database: Database, scope: Scope, during: Range, *, limit: int = 20, public: bool = True
) -> list[PopularTerm]:
    """`public`: neither a term nor a previous rank that fewer than PUBLIC_PEOPLE people made."""
    least = PUBLIC_PEOPLE if public else 1
    async with snapshot(database) as connection:
        top = await _top_terms(connection, scope, during, least)
        before = (
            _ranks(figures.term for figures in await _top_terms(connection, scope, during.previous, least))
            if _is_compared(during)
            else None
        )
        top = top[:limit]
        shown = await reading.forms(connection, scope, during, [figures.term for figures in top])
    return [_popular_term(n, figures, before, shown) for n, figures in enumerate(top, 1)]


async def popular_items(database: Database, scope: Scope, during: Range, *, limit: int = 20) -> list[PopularItem]:
    async with snapshot(database) as connection:
        top = await _top_items(connection, scope, during)
        before = (
            _ranks(figures.item_id for figures in await _top_items(connection, scope, during.previous))
            if _is_compared(during)
            else None
        )
    return [_popular_item(n, figures, before) for n, figures in enumerate(top[:limit], 1)]


async def _top_terms(connection: Connection, scope: Scope, during: Range, least: int) -> Sequence[TermFigures]:
    found = [figures async for figures in reading.terms(connection, scope, during) if figures.people >= least]
    return sorted(found, key=lambda figures: (-figures.people, -figures.searches, figures.term))


async def _top_items(connection: Connection, scope: Scope, during: Range) -> Sequence[ItemFigures]:
    found = [figures async for figures in reading.items(connection, scope, during)]
    return sorted(found, key=lambda figures: (-figures.people, -figures.views - figures.clicks, figures.item_id))


def _is_compared(during: Range) -> bool:
    """A part of the window before would make everything look new."""
    return during.end - during.previous.start <= KEPT


def _ranks(keys: Iterable[object]) -> Ranks:
    return {key: rank for rank, key in enumerate(keys, 1)}


def _moved(key: object, rank: int, before: Ranks | None) -> tuple[int | None, Change | None]:
    if before is None:
        return None, None
    previous = before.get(key)
    return previous, Change.between(previous, rank)


def _popular_term(rank: int, figures: TermFigures, before: Ranks | None, shown: dict[str, str]) -> PopularTerm:
    term = figures.term
    previous, change = _moved(term, rank, before)
    return PopularTerm(rank, previous, change, term, shown.get(term, term), figures.people, figures.searches)


def _popular_item(rank: int, figures: ItemFigures, before: Ranks | None) -> PopularItem:
    previous, change = _moved(figures.item_id, rank, before)
    hits = figures.views + figures.clicks
    return PopularItem(
        rank, previous, change, figures.item_id, figures.people, hits, figures.views, figures.clicks
    )  # fmt: skip
