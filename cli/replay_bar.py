"""How far a replay is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.options import stderr
from cli.tables.replay import span_of
from streams.replay.progress import Progress as Told

EVERY_S = 5.0


class ReplayBar:
    """Use it with `with`."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[rest]}"),
        )
        self._bar = Progress(*columns, console=stderr, transient=True) if stderr.is_terminal else None
        self._task = self._bar.add_task("replay", total=None, rest="") if self._bar else None
        self._last = -EVERY_S
        self.set_aside = 0
        """Dead letters, as told last."""

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, told: Told) -> None:
        self.set_aside = told.set_aside
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=told.done, total=told.total or None, rest=rest_of(told))
        elif time.monotonic() - self._last >= EVERY_S:
            self._last = time.monotonic()
            stderr.print(f"replay: {told.done:,} of {told.total:,}  {rest_of(told)}")


def rest_of(told: Told) -> str:
    return _rest_of(told) + (f", {told.set_aside:,} set aside" if told.set_aside else "")


def _rest_of(told: Told) -> str:
    if told.waiting:
        return f"waiting: {told.waiting}"
    if told.done >= told.total:
        return "coming to the live end"
    return f"{told.rate:,.0f}/s" + (f", {span_of(told.eta_s)} left" if told.eta_s is not None else "")
