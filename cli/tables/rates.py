"""Rates over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from cli.tables.insights import percent, told
from cli.tables.listing import Listing
from cli.tables.sparkline import sparkline

Found = dict[str, Any]
NARROW = 12
"""Characters of a line over time where a long name wants the room."""
_RATES = {
    "no_result_rate": "found nothing",
    "click_through_rate": "clicked",
    "reformulation_rate": "asked again in other words",
}


def quality(found: Found) -> RenderableType:
    table = Listing("what", "value", "over time", numbers=("value",))
    for name, what in {"people": "people", "searches": "searches"}.items():
        table.add(what, _number(found[name]), _line(found, name))
    for name, what in _RATES.items():
        table.add(what, percent(found[name]), _line(found, name))
    table.add("mean position clicked", _number(found["mean_position"], ".1f"), _line(found, "mean_position"))
    seconds = found["mean_first_click_ms"] and found["mean_first_click_ms"] / 1000
    table.add("seconds to the first click", _number(seconds, ".1f"), _line(found, "mean_first_click_ms"))
    for name, what in {"noise": "left out: typed on", "reloads": "left out: reloads", "robots": "robots'"}.items():
        if found["raw"]:
            table.add(what, _number(found[name]), _line(found, name))
    return told(found, "search quality", table)


def traffic(found: Found) -> RenderableType:
    numbers = ("requests", "per s", "5xx", "4xx", "p50 ms", "p95 ms", "p99 ms")
    spare = ("over time", "per s", "4xx", "p50 ms", "p99 ms")
    table = Listing("request", *numbers, "over time", numbers=numbers, spare=spare)
    rows = [{**found["total"], "method": "", "route": "all", "series": found["series"]}, *found["items"]]
    for row in rows:
        table.add(
            f"{row['method']} {row['route']}".strip(), _number(row["requests"]), _number(row["rate"], ".2f"),
            percent(row["error_rate"]), _number(row["refused"]), *_durations(row), sparkline(row["series"], NARROW),
        )  # fmt: skip
    return told({**found, "has_simulated": False}, "traffic", table)


def generations(found: Found) -> RenderableType:
    numbers = ("people", "requested", "completed", "failed", "cancelled", "p50 s", "p95 s")
    table = Listing("preset", *numbers, "over time", numbers=numbers, spare=("over time", "people", "cancelled"))
    table.add("all", *_jobs(found), _line(found, "requested"))
    for row in found["presets"]:
        table.add(row["preset"], *_jobs(row), "")
    causes = [f"{each['cause']} {each['failed']:,}" for each in found["causes"]]
    why = Text(f"failed by: {', '.join(causes)}") if causes else Text("")
    return told({**found, "has_simulated": False}, "generations", table, why)


def _jobs(row: Found) -> Sequence[str]:
    counts = [_number(row[name]) for name in ("people", "requested", "completed", "failed", "cancelled")]
    return [*counts, *(_number(row[name], ".1f") for name in ("p50_s", "p95_s"))]


def _line(found: Found, name: str) -> str:
    return sparkline([point[name] for point in found["points"]])


def _durations(row: Found) -> Sequence[str]:
    return [_number(row[name], ".1f") for name in ("p50_ms", "p95_ms", "p99_ms")]


def _number(value: float | None, form: str = ",") -> str:
    return "–" if value is None else format(value, form)
