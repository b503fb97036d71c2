"""Is the API well: how much, how fast, how much of it fails."""

from __future__ import annotations

from kibana.condition import at_least, below
from kibana.model import ByCondition, ByTime, ByValue, Dashboard, Measure, Panel
from kibana.views import ACCESS

_STATUS = "http.response.status_code"
_FAILED = at_least(_STATUS, 500)
_REQUESTS = Measure("Requests", "count")
_P50, _P95, _P99 = (Measure(f"p{at}", "percentile", "event.duration", percent=at) for at in (50, 95, 99))

API_STATE = Dashboard(
    "herofactory-api-state",
    "HeroFactory: API state",
    "Requests, answers and latency of the API, by route.",
    panels=(
        Panel("api-requests", "Requests", "number", ACCESS, (_REQUESTS,), width=12, height=6),
        Panel(
            "api-callers",
            "Addresses (network part)",
            "number",
            ACCESS,
            (Measure("Addresses", "unique_count", "client.ip"),),
            width=12,
            height=6,
        ),
        Panel("api-p95", "p95 of all requests", "number", ACCESS, (_P95,), width=12, height=6),
        Panel(
            "api-failed",
            "Answers with 5xx",
            "number",
            ACCESS,
            (Measure("5xx", "count", where=(_FAILED,)),),
            width=12,
            height=6,
        ),
        Panel(
            "api-answers",
            "Answers by class of status",
            "bar_stacked",
            ACCESS,
            (_REQUESTS,),
            splits=(
                ByTime(),
                ByCondition(
                    "Class",
                    (
                        ("2xx and 3xx", (below(_STATUS, 400),)),
                        ("4xx", (at_least(_STATUS, 400), below(_STATUS, 500))),
                        ("5xx", (_FAILED,)),
                    ),
                ),
            ),
        ),
        Panel("api-latency", "Latency", "line", ACCESS, (_P50, _P95, _P99), splits=(ByTime(),)),
        Panel(
            "api-routes",
            "Routes",
            "table",
            ACCESS,
            (_REQUESTS, _P50, _P95, _P99, Measure("5xx", "count", where=(_FAILED,))),
            splits=(ByValue("http.route", "Route", 25), ByValue("http.request.method", "Method", 5)),
            width=32,
            height=16,
        ),
        Panel(
            "api-versions",
            "Versions that answered",
            "table",
            ACCESS,
            (_REQUESTS, Measure("Last seen", "max", "@timestamp")),
            splits=(ByValue("service.version", "Version", 5),),
            width=16,
            height=16,
        ),
    ),
)
