"""How far a replay is, on a bar."""

from __future__ import annotations

from cli.progress import Bar
from cli.tables.replay import span_of
from streams.replay.progress import Progress


class ReplayBar:
    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self.set_aside = 0
        """Dead letters, as told last."""

    def show(self, told: Progress) -> None:
        self.set_aside = told.set_aside
        self._bar.show("replay", told.done, told.total, rest_of(told))


def rest_of(told: Progress) -> str:
    return _rest_of(told) + (f", {told.set_aside:,} set aside" if told.set_aside else "")


def _rest_of(told: Progress) -> str:
    if told.waiting:
        return f"waiting: {told.waiting}"
    if told.done >= told.total:
        return "coming to the live end"
    return f"{told.rate:,.0f}/s" + (f", {span_of(told.eta_s)} left" if told.eta_s is not None else "")
