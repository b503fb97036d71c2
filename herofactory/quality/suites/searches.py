"""Topics of what people do: searches, clicks and views."""

from __future__ import annotations

from herofactory.insights.privacy.masking import masked, normalised
from herofactory.platform.events.search import ItemViewed, SearchClicked, SearchQueried
from herofactory.quality.suite import Part, Row, Suite, Topic
from herofactory.quality.suites.columns import between, equal, holds, one_of, person, present, record, uuid
from herofactory.search.query import DEEPEST, MAX_LIMIT, Sort


def _queried(event: SearchQueried) -> Row:
    return {
        "query_id": event.query_id,
        "session": event.session or None,
        "person": event.person,
        "source": event.source,
        "text_is_masked": masked(event.text) == event.text,
        "text_is_normalised": normalised(event.normalised) == event.normalised,
        "sort": event.sort,
        "total": event.total,
        "shown": len(event.shown),
        # Not the other way round: what was deleted or rejected a moment ago is counted, but shown no more.
        "total_agrees": len(event.shown) <= event.total,
        "shown_once": len(set(event.shown)) == len(event.shown),
        "latency_ms": event.latency_ms,
        "page": event.page,
        "min_price": event.min_price,
        "max_price": event.max_price,
    }


def _clicked(event: SearchClicked) -> Row:
    return {
        "query_id": event.query_id,
        "session": event.session or None,
        "person": event.person,
        "source": event.source,
        "item_id": event.item_id,
        "position": event.position,
        "after_ms": event.after_ms,
    }


def _viewed(event: ItemViewed) -> Row:
    return {
        "item_id": event.item_id,
        "session": event.session or None,
        "person": event.person,
        "source": event.source,
        "query_id": event.query_id,
    }


_QUERIED = Part(
    Topic("search.query", _queried),
    (
        *record("search.query"),
        uuid("query_id"),
        person(),
        present("session", "the visit is told"),
        equal("key", "session", "the key is the visit"),
        holds("text_is_masked", "personal data in the text is masked"),
        holds("text_is_normalised", "the normalised text is NFC, case folded, single-spaced and masked"),
        one_of("sort", [str(each) for each in Sort], "the order is one that the search knows"),
        between("total", 0, None, "total is 0 or more"),
        between("shown", 0, MAX_LIMIT, f"a page shows at most {MAX_LIMIT} items"),
        holds("total_agrees", "no more is shown than was found"),
        holds("shown_once", "no item is twice on a page"),
        between("latency_ms", 0, None, "no answer came before its request"),
        between("page", 1, None, "pages begin at 1"),
        between("min_price", 0, None, "prices are 0 or more"),
        between("max_price", 0, None, "the highest price is 0 or more"),
    ),
)
_CLICKED = Part(
    Topic("search.clicked", _clicked),
    (
        *record("search.clicked"),
        uuid("query_id"),
        uuid("item_id"),
        person(),
        equal("key", "session", "the key is the visit"),
        between("position", 1, DEEPEST, f"positions are 1 to {DEEPEST}"),
        between("after_ms", 0, None, "no click came before its search"),
    ),
)
_VIEWED = Part(
    Topic("item.viewed", _viewed),
    (
        *record("item.viewed"),
        uuid("item_id"),
        equal("key", "item_id", "the key is the item's id"),
        person(),
        present("session", "the visit is told"),
        uuid("query_id"),
    ),
)
SUITE = Suite("searches", "What people searched for, clicked and looked at", (_QUERIED, _CLICKED, _VIEWED))
