"""A piece of a text that is personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["email", "phone", "id", "card", "number", "url"]


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int
    kind: Kind
