"""Which items are looked at, which stand beside them, which answered a search that had found nothing."""

from __future__ import annotations

from kibana.condition import below, equals
from kibana.model import ByTime, ByValue, Dashboard, Measure, Panel
from kibana.views import ACCESS, INSIGHTS

_DAY = equals("window", "day")
_ITEM = ByValue("item.name", "Item", 25)
_SEEN = (
    equals("http.route", "/api/v1/items/{item_id}"),
    equals("http.request.method", "GET"),
    below("http.response.status_code", 400),
)
_REQUESTS = Measure("Requests", "count")

ITEMS = Dashboard(
    "herofactory-items",
    "HeroFactory: items",
    "Popular items, similar items, and items that answered a missing term.",
    since="now-7d",
    panels=(
        Panel("items-read", "Requests for one item", "number", ACCESS, (_REQUESTS,), where=_SEEN, width=16, height=6),
        Panel(
            "items-different",
            "Different items read",
            "number",
            ACCESS,
            (Measure("Items", "unique_count", "herofactory.item_id"),),
            where=_SEEN,
            width=16,
            height=6,
        ),
        Panel(
            "items-answers",
            "Terms answered",
            "number",
            INSIGHTS,
            (Measure("Terms", "unique_count", "term"),),
            where=(equals("figure", "answered"),),
            width=16,
            height=6,
        ),
        Panel(
            "items-popular",
            "Popular items",
            "table",
            INSIGHTS,
            (
                Measure("People", "max", "people"),
                Measure("Clicks", "max", "clicks"),
                Measure("Click-through rate", "last_value", "click_through_rate"),
                Measure("Rank", "last_value", "rank"),
                Measure("Rank before", "last_value", "previous_rank"),
            ),
            splits=(_ITEM, ByValue("item.id", "Id", 1)),
            where=(equals("figure", "item"), _DAY),
            height=18,
        ),
        Panel(
            "items-over-time",
            "Requests for the items most asked for",
            "line",
            ACCESS,
            (_REQUESTS,),
            splits=(ByTime(), ByValue("herofactory.item_name", "Item", 8)),
            where=_SEEN,
            height=18,
        ),
        Panel(
            "items-similar",
            "Similar items",
            "table",
            INSIGHTS,
            (Measure("Score", "max", "score"), Measure("People who saw both", "last_value", "people")),
            splits=(ByValue("term", "Beside", 15), ByValue("item.name", "Shown", 5)),
            where=(equals("figure", "similar"),),
            height=18,
        ),
        Panel(
            "items-answered",
            "Missing terms that an item answered",
            "table",
            INSIGHTS,
            (
                Measure("Answered", "min", "@timestamp"),
                Measure("People who had asked", "max", "people"),
                Measure("State", "last_value", "state", textual=True),
            ),
            splits=(ByValue("term", "Term", 20), ByValue("item.name", "Item", 1)),
            where=(equals("figure", "answered"),),
            height=18,
        ),
    ),
)
