"""Lists of terms and items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.tables.sparkline import sparkline

SIMULATED = "with simulated traffic: none of it was done by people"
_ARROWS = {"up": ("▲", "green"), "down": ("▼", "red"), "same": ("–", "dim"), "new": ("new", "cyan")}
Found = dict[str, Any]


def popular(found: Found) -> RenderableType:
    table = table_of("rank", "", "term", "people", "searches", "over time")
    for item in found["items"]:
        line = sparkline(item["series"])
        table.add_row(str(item["rank"]), arrow(item), Text(item["term"]), *_counts(item, "people", "searches"), line)
    return told(found, "popular searches", table)


def trending(found: Found) -> RenderableType:
    table = table_of("rank", "term", "people now", "expected", "score", "over time")
    for item in found["items"]:
        why = (f"{item['now']:,}", f"{item['expected']:.1f}", f"{item['score']:.1f}")
        table.add_row(str(item["rank"]), Text(item["term"]), *why, sparkline(item["series"]))
    return told(found, "trending searches", table)


def missing(found: Found) -> RenderableType:
    table = table_of("rank", "term", "people", "in vain", "state", "found instead", "text to generate it")
    for item in found["items"]:
        instead = ", ".join([item["nearest_term"] or "", *(near["name"] for near in item["nearest_items"])]).strip(", ")
        table.add_row(
            str(item["rank"]), Text(item["term"]), *_counts(item, "people"), percent(item["rate"]), item["state"],
            Text(instead), Text(item["prompt"]),
        )  # fmt: skip
    return told(found, "searches in vain", table)


def items(found: Found) -> RenderableType:
    table = table_of("rank", "", "item", "people", "views", "clicks")
    for item in found["items"]:
        counts = _counts(item, "people", "views", "clicks")
        table.add_row(str(item["rank"]), arrow(item), Text(item["name"]), *counts)
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


def table_of(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column in _TEXTS else "right", overflow="fold")
    return table


_TEXTS = (
    "",
    "term",
    "item",
    "state",
    "over time",
    "found instead",
    "text to generate it",
    "request",
    "what",
    "preset",
)


def _counts(item: Found, *names: str) -> Sequence[str]:
    return [f"{item[name]:,}" for name in names]
