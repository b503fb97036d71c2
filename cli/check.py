"""One finding of `hero doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    verdict: Literal["ok", "warn", "fail"]
    found: str
    fix: str = ""
