"""What a dashboard is made of. `kibana/dashboards/` says it, `saved_objects.py` writes it down for Kibana."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kibana.condition import Conditions

WIDTH = 48
"""Columns of Kibana's grid."""

Function = Literal["count", "unique_count", "sum", "average", "min", "max", "percentile", "last_value"]
Chart = Literal["number", "line", "bar_stacked", "table"]
Format = Literal["nanoseconds", "share"]


@dataclass(frozen=True, slots=True)
class DataView:
    """A data stream as Kibana sees it. `formats`: how a field is shown."""

    id: str
    title: str
    name: str
    formats: tuple[tuple[str, Format], ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `field` is needed by all functions but `count`; `percent` only by `percentile`."""

    label: str
    function: Function
    field: str | None = None
    where: Conditions = ()
    percent: int | None = None
    textual: bool = False
    """The last value of a keyword, not of a number."""

    def __post_init__(self) -> None:
        if (self.field is None) != (self.function == "count"):
            raise ValueError(f"{self.label!r}: {self.function} {'takes no' if self.field else 'needs a'} field")
        if (self.percent is None) != (self.function != "percentile"):
            raise ValueError(f"{self.label!r}: a percentage goes with 'percentile', here it is {self.function!r}")


@dataclass(frozen=True, slots=True)
class ByTime:
    """One bucket for each stretch of the time shown."""


@dataclass(frozen=True, slots=True)
class ByValue:
    """The `size` values of a keyword with most of the panel's first measure."""

    field: str
    label: str
    size: int = 10


@dataclass(frozen=True, slots=True)
class ByCondition:
    """A bucket each, with its label."""

    label: str
    choices: tuple[tuple[str, Conditions], ...]


Split = ByTime | ByValue | ByCondition


@dataclass(frozen=True, slots=True)
class Panel:
    """`id` is stable: it is what a new import writes over. Measures of a table come after its splits."""

    id: str
    title: str
    chart: Chart
    view: DataView
    measures: tuple[Measure, ...]
    splits: tuple[Split, ...] = ()
    where: Conditions = ()
    width: int = WIDTH // 2
    height: int = 12

    def __post_init__(self) -> None:
        if self.chart == "number" and (self.splits or len(self.measures) != 1):
            raise ValueError(f"{self.id}: a number shows one measure and is not split")
        if not self.measures or (self.chart != "number" and not self.splits):
            raise ValueError(f"{self.id}: {self.chart} needs a measure and something to split by")


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Panels stand from left to right, a row after the other. `since`: what is shown first, in Kibana's date math."""

    id: str
    title: str
    description: str
    panels: tuple[Panel, ...]
    since: str = "now-24h"
