"""What fails, where, and one request of each kind to follow."""

from __future__ import annotations

from kibana.condition import at_least, below, equals
from kibana.model import ByTime, ByValue, Dashboard, Measure, Panel
from kibana.views import ACCESS, SET_ASIDE

_STATUS = "http.response.status_code"
_SERVER = at_least(_STATUS, 500)
_CALLER = (at_least(_STATUS, 400), below(_STATUS, 500))
_ANY = at_least(_STATUS, 400)
_REFUSED = equals(_STATUS, 401)
_COUNT = Measure("Answers", "count")
_TRACE = Measure("Last trace", "last_value", "trace.id", textual=True)

ERRORS = Dashboard(
    "herofactory-errors",
    "HeroFactory: errors",
    "Answers with 4xx and 5xx by code and route, refused tokens, log lines that could not be kept.",
    panels=(
        Panel("errors-server", "5xx", "number", ACCESS, (_COUNT,), where=(_SERVER,), width=12, height=6),
        Panel("errors-caller", "4xx", "number", ACCESS, (_COUNT,), where=_CALLER, width=12, height=6),
        Panel("errors-refused", "401", "number", ACCESS, (_COUNT,), where=(_REFUSED,), width=12, height=6),
        Panel(
            "errors-set-aside",
            "Log lines set aside",
            "number",
            SET_ASIDE,
            (Measure("Lines", "count"),),
            width=12,
            height=6,
        ),
        Panel(
            "errors-codes",
            "Problem codes",
            "bar_stacked",
            ACCESS,
            (_COUNT,),
            splits=(ByTime(), ByValue("herofactory.code", "Code", 8)),
            where=(_ANY,),
        ),
        Panel(
            "errors-outcomes",
            "Refused tokens by route",
            "line",
            ACCESS,
            (_COUNT,),
            splits=(ByTime(), ByValue("http.route", "Route", 6)),
            where=(_REFUSED,),
        ),
        Panel(
            "errors-routes",
            "Where 5xx come from",
            "table",
            ACCESS,
            (_COUNT, Measure("Last seen", "max", "@timestamp"), _TRACE),
            splits=(ByValue("http.route", "Route", 15), ByValue("herofactory.code", "Code", 5)),
            where=(_SERVER,),
            height=16,
        ),
        Panel(
            "errors-paths",
            "Paths answered with 4xx",
            "table",
            ACCESS,
            (_COUNT, Measure("Addresses", "unique_count", "client.ip"), _TRACE),
            splits=(ByValue("url.path", "Path", 15), ByValue("herofactory.code", "Code", 3)),
            where=_CALLER,
            height=16,
        ),
        Panel(
            "errors-lines",
            "Why lines were set aside",
            "table",
            SET_ASIDE,
            (
                Measure("Lines", "count"),
                Measure("Last seen", "max", "@timestamp"),
                Measure("Last reason", "last_value", "error.message", textual=True),
            ),
            splits=(ByValue("tags", "Tag", 5), ByValue("error.type", "Kind", 5)),
            width=48,
            height=10,
        ),
    ),
)
