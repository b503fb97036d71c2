"""Lists of terms and items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from cli.tables.listing import Listing
from cli.tables.sparkline import sparkline

SIMULATED = "with simulated traffic: none of it was done by people"
_ARROWS = {"up": ("▲", "green"), "down": ("▼", "red"), "same": ("–", "dim"), "new": ("new", "cyan")}
Found = dict[str, Any]


def popular(found: Found) -> RenderableType:
    numbers = ("people", "searches")
    table = _terms("rank", "", "term", *numbers, "over time", numbers=numbers)
    for item in found["items"]:
        line = sparkline(item["series"])
        table.add(str(item["rank"]), arrow(item), item["term"], *_counts(item, "people", "searches"), line)
    return told(found, "popular searches", table)


def trending(found: Found) -> RenderableType:
    numbers = ("people now", "expected", "score")
    table = _terms("rank", "term", *numbers, "over time", numbers=numbers)
    for item in found["items"]:
        why = (f"{item['now']:,}", f"{item['expected']:.1f}", f"{item['score']:.1f}")
        table.add(str(item["rank"]), item["term"], *why, sparkline(item["series"]))
    return told(found, "trending searches", table)


def missing(found: Found) -> RenderableType:
    table = Listing(
        *("rank", "term", "people", "in vain", "state", "found instead", "text to generate it"),
        numbers=("rank", "people", "in vain"),
        prose=("term", "found instead", "text to generate it"),
        spare=("text to generate it", "found instead"),
    )
    for item in found["items"]:
        instead = ", ".join([item["nearest_term"] or "", *(near["name"] for near in item["nearest_items"])]).strip(", ")
        table.add(
            str(item["rank"]), item["term"], *_counts(item, "people"), percent(item["rate"]), item["state"],
            instead, item["prompt"],
        )  # fmt: skip
    return told(found, "searches in vain", table)


def items(found: Found) -> RenderableType:
    numbers = ("people", "views", "clicks")
    table = Listing("rank", "", "item", *numbers, numbers=("rank", *numbers), prose=("item",))
    for item in found["items"]:
        counts = _counts(item, "people", "views", "clicks")
        table.add(str(item["rank"]), arrow(item), item["name"], *counts)
    return told(found, "popular items", table)


def told(found: Found, title: str, *parts: RenderableType) -> RenderableType:
    """With the time it is of, and whether it is simulated."""
    time = f"last {found['window']}" if found["window"] else f"{found['from']} to {found['to']}"
    head = [Text(f"{title}, {time}", style="bold")]
    if found["simulated"]:
        head.append(Text(SIMULATED, style="yellow"))
    empty = "items" in found and not found["items"]
    hint = (
        "; there is simulated traffic: --include simulated" if found["has_simulated"] and not found["simulated"] else ""
    )
    return Group(*head, Text(f"nothing yet{hint}")) if empty else Group(*head, *parts)


def arrow(item: Found) -> Text:
    sign, style = _ARROWS.get(item["change"], ("", ""))
    before = item["previous_rank"]
    moved = abs(before - item["rank"]) if before else 0
    return Text(f"{sign}{moved or ''}", style=style)


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _counts(item: Found, *names: str) -> Sequence[str]:
    return [f"{item[name]:,}" for name in names]


def _terms(*columns: str, numbers: tuple[str, ...]) -> Listing:
    return Listing(*columns, numbers=("rank", *numbers), prose=("term",), spare=("over time",))
