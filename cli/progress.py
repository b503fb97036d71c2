"""Progress of long work: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.options import stderr

EVERY_S = 5.0


class Bar:
    """Use it with `with`; `show` may be called as often as there is news."""

    def __init__(self) -> None:
        self._bar = Progress(*_columns(), console=stderr, transient=True) if stderr.is_terminal else None
        self._task = self._bar.add_task("", total=None, rest="") if self._bar else None
        self._last: tuple[str, float] = ("", 0.0)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, what: str, done: int, total: int, rest: str = "") -> None:
        """`total` 0: not known yet. `rest`: what else there is to say."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, description=what, completed=done, total=total or None, rest=rest)
        elif what != self._last[0] or time.monotonic() - self._last[1] >= EVERY_S:
            self._last = (what, time.monotonic())
            told = f"{what}: {done:,} of {total:,}" if total else what
            stderr.print(f"{told}  {rest}" if rest else told)


def _columns() -> tuple[TextColumn | BarColumn | MofNCompleteColumn | TimeElapsedColumn, ...]:
    what, rest = (TextColumn(text, markup=False) for text in ("{task.description}", "{task.fields[rest]}"))
    return (what, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), rest)
