"""Rows under headings: whole values, one line each, as far as there is room."""

from __future__ import annotations

from collections.abc import Collection

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

PROSE = 16
"""Characters that a column of prose keeps beside the others, before one of those is left out."""
_BETWEEN = 2


class Listing:
    """Where a terminal is too narrow, prose goes over several lines; then what can be spared is left out, and named."""

    def __init__(
        self,
        *columns: str,
        numbers: Collection[str] = (),
        prose: Collection[str] = (),
        spare: Collection[str] = (),
        title: str | None = None,
    ) -> None:
        """`numbers` stand on the right. `spare`: those that can be left out, the first one first."""
        self._columns, self._title = columns, title
        self._numbers, self._prose, self._spare = numbers, prose, spare
        self._rows: list[dict[str, Text]] = []

    def add(self, *cells: str | Text) -> None:
        """Strings are shown as they are, but for line ends."""
        texts = (Text(" ".join(cell.splitlines())) if isinstance(cell, str) else cell for cell in cells)
        self._rows.append(dict(zip(self._columns, texts, strict=True)))

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        needed = {column: self._needed(column) for column in self._columns}
        left_out: list[str] = []
        for column in self._spare:
            if _together(needed.values()) <= options.max_width:
                break
            del needed[column]
            left_out.append(column)
        yield self._table(tuple(needed), fits=_together(needed.values()) <= options.max_width)
        if left_out:
            yield Text(f"no room for {', '.join(left_out)}: a pipe or --json has them", "dim")

    def _needed(self, column: str) -> int:
        """Characters."""
        widest = max((row[column].cell_len for row in self._rows), default=0)
        return max(len(column), min(widest, PROSE) if column in self._prose else widest)

    def _table(self, columns: Collection[str], *, fits: bool) -> Table:
        table = Table(box=None, pad_edge=False, title=self._title, title_justify="left")
        for column in columns:
            justify = "right" if column in self._numbers else "left"
            is_whole = fits and column not in self._prose
            table.add_column(column, justify=justify, overflow="fold", no_wrap=is_whole)  # type: ignore[arg-type]
        for row in self._rows:
            table.add_row(*(row[column] for column in columns))
        return table


def _together(widths: Collection[int]) -> int:
    return sum(widths) + _BETWEEN * (len(widths) - 1)
