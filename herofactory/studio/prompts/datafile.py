"""Reading the package's own tables: tab-separated, one header line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources

FILES = ("elements.tsv", "keywords.tsv", "links.tsv", "terms.tsv")


def rows(name: str) -> Iterator[tuple[str, ...]]:
    """The cells of each line. Raises ValueError for one with another number of cells than the header."""
    header, *lines = _read(name).splitlines()
    width = len(header.split("\t"))
    for number, line in enumerate(lines, start=2):
        cells = tuple(line.split("\t"))
        if len(cells) != width:
            raise ValueError(f"{name}, line {number}: {len(cells)} cells instead of {width}: {line!r}")
        yield cells


@cache
def digest() -> str:
    """Eight hex digits that change with any of the tables."""
    return hashlib.sha256("\0".join(map(_read, FILES)).encode()).hexdigest()[:8]


@cache
def _read(name: str) -> str:
    return (resources.files(__package__) / "data" / name).read_text(encoding="utf-8")
