"""Figures as documents of the data stream that dashboards read (kibana/README.md names the fields).

Only what PUBLIC_PEOPLE did, nothing simulated. A document's id is made of what it is of, so that writing an hour again
changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from herofactory.insights.figures import reading
from herofactory.insights.figures.popular import PopularItem, popular_items, popular_terms
from herofactory.insights.figures.quality import search_quality
from herofactory.insights.figures.scope import PUBLIC_PEOPLE, Scope, active_scope, snapshot
from herofactory.insights.figures.trending import trending_in
from herofactory.insights.missing import states
from herofactory.insights.missing.listing import missing_terms
from herofactory.insights.missing.rules import LOOKED_AT
from herofactory.insights.missing.states import State
from herofactory.insights.similar.similar import similar_items
from herofactory.insights.similar.together import together
from herofactory.insights.window import Range, Window
from herofactory.platform.postgres.database import Database
from herofactory.search.port import SearchReader

TERMS = 100
ITEMS = 100
SIMILAR_TO = 20
"""Popular items whose similar ones are told."""
SIMILAR = 5
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    """The same for the same figure, window, hour and term or item."""
    fields: Fields
    """`@timestamp` among them."""


class Export:
    """Of one whole hour: windows that end with it."""

    def __init__(self, database: Database, reader: SearchReader, hour: datetime) -> None:
        """`hour`: its end."""
        self._database = database
        self._reader = reader
        self._hour = hour
        self._names: dict[UUID, str] = {}

    async def documents(self) -> AsyncIterator[Document]:
        """Raises SearchError where the index is away."""
        scope = await active_scope(self._database)
        day = Range(self._hour - Window.DAY.length, self._hour)
        for window in (Window.HOUR, Window.DAY):
            yield await self._quality(scope, window)
        for part in (self._popular, self._trending, self._missing, self._items):
            async for document in part(scope, day):
                yield document
        async for document in self._answered(scope):
            yield document

    async def _quality(self, scope: Scope, window: Window) -> Document:
        found = await search_quality(self._database, scope, Range(self._hour - window.length, self._hour))
        fields: Fields = {}
        if found.people >= PUBLIC_PEOPLE:
            fields = {
                "people": found.people,
                "searches": found.searches,
                "clicks": found.clicks,
                "no_result_rate": found.no_result_rate,
                "click_through_rate": found.click_through_rate,
            }
        return self._document("quality", window, "", fields)

    async def _popular(self, scope: Scope, day: Range) -> AsyncIterator[Document]:
        top = await popular_terms(self._database, scope, day, limit=TERMS)
        figures = await self._figures(scope, day, [each.term for each in top])
        for each in top:
            own = figures.get(each.term)
            more: Fields = {} if own is None else {
                "clicks": own.clicks,
                "no_result_rate": own.empty / own.searches if own.searches else None,
                "click_through_rate": own.clicked / own.searches if own.searches else None,
            }  # fmt: skip
            fields = {
                "term": each.form, "people": each.people, "searches": each.searches, "rank": each.rank,
                "previous_rank": each.previous_rank, **more,
            }  # fmt: skip
            yield self._document("popular", Window.DAY, each.term, fields)

    async def _figures(self, scope: Scope, day: Range, terms: list[str]) -> Mapping[str, reading.TermFigures]:
        async with snapshot(self._database) as connection:
            return {each.term: each async for each in reading.terms(connection, scope, day, terms)}

    async def _trending(self, scope: Scope, day: Range) -> AsyncIterator[Document]:
        for each in await trending_in(self._database, scope, day, limit=TERMS):
            fields = {
                "term": each.form, "people": each.now, "rank": each.rank, "score": each.score, "expected": each.expected
            }  # fmt: skip
            yield self._document("trending", Window.DAY, each.term, fields)

    async def _missing(self, scope: Scope, day: Range) -> AsyncIterator[Document]:
        found = await missing_terms(self._database, scope, day, limit=TERMS, state=None)
        for rank, each in enumerate(found, 1):
            rate = each.rate if each.kind == "no_results" else None
            fields = {
                "term": each.form, "people": each.people, "searches": each.searches, "rank": rank,
                "no_result_rate": rate, "state": str(each.state),
            }  # fmt: skip
            yield self._document("missing", Window.DAY, each.term, fields)

    async def _items(self, scope: Scope, day: Range) -> AsyncIterator[Document]:
        top = [each for each in await popular_items(self._database, scope, day, limit=ITEMS) if _public(each)]
        await self._name([each.item_id for each in top])
        for each in top:
            fields = {
                "item": self._item(each.item_id), "people": each.people, "clicks": each.clicks, "rank": each.rank,
                "previous_rank": each.previous_rank,
            }  # fmt: skip
            yield self._document("item", Window.DAY, str(each.item_id), fields)
        for each in top[:SIMILAR_TO]:
            async for document in self._similar(scope, each.item_id):
                yield document

    async def _similar(self, scope: Scope, item_id: UUID) -> AsyncIterator[Document]:
        found = await similar_items(self._database, self._reader, scope, item_id, self._hour, limit=SIMILAR)
        async with self._database.connection() as connection:
            pairs = await together(connection, scope, item_id, self._hour)
        both = {pair.item_id: pair.people for pair in pairs if pair.people >= PUBLIC_PEOPLE}
        await self._name([each.item_id for each in found or ()])
        for rank, each in enumerate(found or (), 1):
            fields = {
                "term": self._names.get(item_id), "item": self._item(each.item_id), "score": each.score, "rank": rank,
                "people": both.get(each.item_id),
            }  # fmt: skip
            yield self._document("similar", Window.DAY, f"{item_id} {each.item_id}", fields)

    async def _answered(self, scope: Scope) -> AsyncIterator[Document]:
        """At the time of the answer, so that each is told once."""
        month = Range.of(self._hour - LOOKED_AT, self._hour)
        found = await missing_terms(self._database, scope, month, limit=TERMS, state=State.ANSWERED)
        async with self._database.connection() as connection:
            known = await states.load(connection, simulated=False)
        for each in found:
            state = known.get(each.term)
            if state is None or state.answered_by is None or state.answered_at is None:
                continue  # opened again meanwhile
            await self._name([state.answered_by])
            fields = {
                "@timestamp": state.answered_at.isoformat(), "term": each.form, "item": self._item(state.answered_by),
                "people": each.people, "searches": each.searches, "state": str(each.state),
            }  # fmt: skip
            at = state.answered_at.isoformat()
            yield self._document("answered", Window.DAY, f"{each.term} {state.answered_by} {at}", fields, of_hour=False)

    async def _name(self, item_ids: list[UUID]) -> None:
        unknown = [item_id for item_id in item_ids if item_id not in self._names]
        rows = await self._database.fetch("SELECT id, name FROM items WHERE id = ANY(%s)", unknown) if unknown else ()
        self._names.update({row["id"]: row["name"] for row in rows})

    def _item(self, item_id: UUID) -> Fields:
        return {"id": str(item_id), "name": self._names.get(item_id)}

    def _document(self, figure: str, window: Window, of: str, fields: Fields, *, of_hour: bool = True) -> Document:
        hour = self._hour.isoformat()
        whole = {"@timestamp": hour, "window": str(window), "figure": figure, **fields}
        name = "\0".join((figure, window, hour if of_hour else "", of))
        known = {key: value for key, value in whole.items() if value is not None}
        return Document(hashlib.blake2b(name.encode(), digest_size=16).hexdigest(), known)


def hours_due(last: datetime | None, now: datetime) -> list[datetime]:
    """Ends of the hours to export, oldest first: after `last`, at most a day of them, settled for LAG."""
    newest = (now - LAG).replace(minute=0, second=0, microsecond=0)
    first = max(last + _HOUR if last else newest, newest - _MOST)
    return [first + n * _HOUR for n in range((newest - first) // _HOUR + 1)]


LAG = timedelta(minutes=3)
"""Figures of an hour are made within seconds; what comes later goes into the next hours' windows of a day."""
_HOUR = timedelta(hours=1)
_MOST = timedelta(hours=23)


def _public(item: PopularItem) -> bool:
    return item.people >= PUBLIC_PEOPLE
