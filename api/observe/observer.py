"""From what was answered to events on their way. Nothing here waits, and nothing here raises."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from api.observe.seen import Searched
from api.observe.visitor import Visitor
from herofactory.catalog.item import Item
from herofactory.insights.privacy.masking import masked, normalised
from herofactory.insights.privacy.pseudonym import Identity, Pseudonyms
from herofactory.platform.clock import Clock
from herofactory.platform.events import Event, EventCodec, Headers
from herofactory.platform.events.search import ItemViewed, SearchClicked, SearchQueried
from herofactory.platform.records import Outgoing
from herofactory.platform.spool import Spool
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.metrics import Metrics
from herofactory.platform.telemetry.tracing import current_traceparent

_log = get_logger(__name__)
Make = Callable[[str, str], Event]
"""An event of a person and a session."""


class Observer:
    def __init__(self, codec: EventCodec, spool: Spool, pseudonyms: Pseudonyms, clock: Clock, metrics: Metrics) -> None:
        self._codec = codec
        self._spool = spool
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._metrics = metrics

    def close(self) -> None:
        """Deliver what is on its way, within the spool's grace; what is observed later is dropped and counted."""
        self._spool.close()

    def pseudonym(self, user: str) -> str | None:
        """Of a signed-in user; None while the key could not be read yet."""
        return self._pseudonyms.of(Identity(user=user))

    def searched(self, visitor: Visitor, searched: Searched) -> None:
        """Every page of results that was answered; browsing has an empty text."""
        notes = visitor.notes
        notes.query_id, notes.total = str(searched.query_id), searched.total

        def event(person: str, session: str) -> Event:
            notes.query = normalised(searched.query.text)
            return _queried(visitor, searched, person, session, notes.query)

        self._tell(visitor, event)

    def clicked(self, visitor: Visitor, query_id: UUID, item: Item, position: int, after_ms: int | None) -> None:
        """`position`: 1 for the first result, counted over pages."""
        visitor.notes.query_id = str(query_id)
        self._tell_of_item(
            visitor,
            item,
            lambda person, session: SearchClicked(
                str(query_id), session, person, visitor.identity.user, str(item.id), position, after_ms, visitor.source
            ),
        )

    def viewed(self, visitor: Visitor, item: Item, query_id: UUID | None) -> None:
        searched = str(query_id) if query_id else None
        self._tell_of_item(
            visitor,
            item,
            lambda person, session: ItemViewed(
                str(item.id), session, person, visitor.identity.user, searched, visitor.source
            ),
        )

    def _tell_of_item(self, visitor: Visitor, item: Item, make: Make) -> None:
        """Sellers looking after their own items, and moderators at work, are no interest in an item."""
        visitor.notes.item_id, visitor.notes.item_name = str(item.id), item.name
        principal = visitor.principal
        at_work = principal is not None and (principal.may_moderate or principal.subject == item.seller_id)
        self._tell(visitor, make, counts=item.status == "approved" and not at_work)

    def _tell(self, visitor: Visitor, make: Make, *, counts: bool = True) -> None:
        try:
            person = self._person(visitor)
            if not counts or visitor.is_silent:
                return
            if person is None:
                self._dropped("no_key")
            else:
                self._send(make(person, visitor.identity.session or f"person:{person}"))
        except Exception:  # noqa: BLE001  (an observation is worth less than the request)
            _log.warning("an observation could not be made", exc_info=True)
            self._dropped("error")

    def _person(self, visitor: Visitor) -> str | None:
        identity, notes = visitor.identity, visitor.notes
        person = self._pseudonyms.of(identity)
        notes.user = person if identity.user else None
        notes.session = self._pseudonyms.of(Identity(session=identity.session)) if identity.session else None
        return person

    def _send(self, event: Event) -> None:
        if not self._codec.is_ready(event.topic):
            self._dropped("no_schema")  # to ask the registry for it now would hold up the request
            return
        headers = Headers.fresh(event.topic, self._clock, parent=current_traceparent())
        self._spool.offer(Outgoing(event.topic, event.key.encode(), self._codec.encode(event), headers.to_bytes()))

    def _dropped(self, why: str) -> None:
        self._metrics.count("hero_observations_dropped_total", why=why)


def _queried(visitor: Visitor, searched: Searched, person: str, session: str, text: str) -> SearchQueried:
    query = searched.query
    return SearchQueried(
        query_id=str(searched.query_id),
        session=session,
        person=person,
        user_id=visitor.identity.user,
        text=masked(query.text),
        normalised=text,
        category=query.category,
        tags=tuple(map(masked, query.tags)),
        min_price=query.min_price,
        max_price=query.max_price,
        sort=str(query.sort),
        total=searched.total,
        shown=tuple(map(str, searched.shown)),
        latency_ms=(time.perf_counter_ns() - visitor.started_ns) / 1e6,
        corrected_to=searched.corrected_to,
        page=searched.page,
        source=visitor.source,
    )
