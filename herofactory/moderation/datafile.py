"""Reading the package's own tables: tab-separated, `#` starts a comment, one header line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources

FILES = ("heads.tsv", "attributes.tsv", "word_sets.tsv", "phrases.tsv", "harmless.tsv", "hosts.tsv")


def rows(name: str) -> Iterator[tuple[str, ...]]:
    """The cells of each line. A line with another number of cells than the header is a mistake in our own data."""
    lines = [line for line in _read(name).splitlines() if line.strip() and not line.startswith("#")]
    width = len(lines[0].split("\t"))
    for number, line in enumerate(lines[1:], start=2):
        cells = tuple(cell.strip() for cell in line.split("\t"))
        if len(cells) != width:
            raise ValueError(f"{name}, row {number}: {len(cells)} cells, the header has {width}: {line!r}")
        yield cells


@cache
def word_set(kind: str) -> frozenset[str]:
    """One kind of `word_sets.tsv`. KeyError for a kind that is not there: a mistake of ours."""
    return {each: frozenset(words.split()) for each, words in rows("word_sets.tsv")}[kind]


@cache
def digest() -> str:
    """Eight hex digits that change with any of the tables."""
    return hashlib.sha256("\0".join(_read(name) for name in FILES).encode()).hexdigest()[:8]


@cache
def _read(name: str) -> str:
    return (resources.files(__package__) / "data" / name).read_text(encoding="utf-8")
