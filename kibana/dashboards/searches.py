"""What is searched for, what of it grows, and what is not found."""

from __future__ import annotations

from kibana.condition import below, equals
from kibana.model import ByTime, ByValue, Dashboard, Measure, Panel
from kibana.views import ACCESS, INSIGHTS

_SEARCH = equals("http.route", "/api/v1/search")
_DAY = equals("window", "day")
_PEOPLE = Measure("People", "max", "people")
_SEARCHES = Measure("Searches", "max", "searches")
_TERM = ByValue("term", "Term", 25)
_QUALITY = (equals("figure", "quality"), equals("window", "hour"))

SEARCHES = Dashboard(
    "herofactory-searches",
    "HeroFactory: searches",
    "Popular, trending and missing terms, and how well the search answers. Windows of a day, as of the last hour.",
    panels=(
        Panel(
            "searches-made",
            "Searches",
            "number",
            ACCESS,
            (Measure("Searches", "count"),),
            where=(_SEARCH,),
            width=12,
            height=6,
        ),
        Panel(
            "searches-sessions",
            "Sessions that searched",
            "number",
            ACCESS,
            (Measure("Sessions", "unique_count", "labels.session"),),
            where=(_SEARCH,),
            width=12,
            height=6,
        ),
        Panel(
            "searches-empty",
            "Searches that found nothing",
            "number",
            ACCESS,
            (Measure("Without a result", "count", where=(below("herofactory.total", 1),)),),
            where=(_SEARCH,),
            width=12,
            height=6,
        ),
        Panel(
            "searches-no-result",
            "No-result rate, last hour",
            "number",
            INSIGHTS,
            (Measure("No-result rate", "last_value", "no_result_rate"),),
            where=_QUALITY,
            width=12,
            height=6,
        ),
        Panel(
            "searches-quality",
            "Search quality by hour",
            "line",
            INSIGHTS,
            (
                Measure("No-result rate", "average", "no_result_rate"),
                Measure("Click-through rate", "average", "click_through_rate"),
            ),
            splits=(ByTime(),),
            where=_QUALITY,
        ),
        Panel(
            "searches-now",
            "Searched in the time shown",
            "table",
            ACCESS,
            (
                Measure("Sessions", "unique_count", "labels.session"),
                Measure("Searches", "count"),
                Measure("Found", "last_value", "herofactory.total"),
            ),
            splits=(ByValue("herofactory.query", "Search", 15),),
            where=(_SEARCH,),
        ),
        Panel(
            "searches-popular",
            "Popular terms",
            "table",
            INSIGHTS,
            (
                _PEOPLE,
                _SEARCHES,
                Measure("Clicks", "max", "clicks"),
                Measure("Rank", "last_value", "rank"),
                Measure("Rank before", "last_value", "previous_rank"),
            ),
            splits=(_TERM,),
            where=(equals("figure", "popular"), _DAY),
            height=18,
        ),
        Panel(
            "searches-trending",
            "Trending terms",
            "table",
            INSIGHTS,
            (
                Measure("Score", "max", "score"),
                Measure("People", "last_value", "people"),
                Measure("Expected", "last_value", "expected"),
            ),
            splits=(_TERM,),
            where=(equals("figure", "trending"), _DAY),
            height=18,
        ),
        Panel(
            "searches-missing",
            "Missing terms",
            "table",
            INSIGHTS,
            (
                _PEOPLE,
                _SEARCHES,
                Measure("No-result rate", "last_value", "no_result_rate"),
                Measure("Last seen", "max", "@timestamp"),
                Measure("State", "last_value", "state", textual=True),
            ),
            splits=(_TERM,),
            where=(equals("figure", "missing"), _DAY),
            width=48,
            height=18,
        ),
    ),
)
