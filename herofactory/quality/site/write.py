"""Putting the pages where the edge serves them from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from herofactory.quality.names import NAMES
from herofactory.quality.result import SuiteResult
from herofactory.quality.site import pages
from herofactory.quality.site.html import STYLE


def write(folder: Path, results: Sequence[SuiteResult]) -> None:
    """A page for each of `results`; pages of other suites stay, those of suites that there are no more go.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        _put(folder / f"{result.suite}.html", pages.suite(result))
    for file in folder.glob("*.html"):
        if file.stem not in NAMES:
            file.unlink(missing_ok=True)


def style() -> str:
    return Path(__file__).with_name(STYLE).read_text(encoding="utf-8")


def _put(file: Path, text: str) -> None:
    """Whole or not at all: somebody may be reading it."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)
