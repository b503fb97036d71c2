"""What a person may write into an item: NFC, without control characters, within limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

NAME_MAX = 100
DESCRIPTION_MAX = 5_000
TAGS_MAX = 10
TAG_MAX = 30
# Control characters but tab and line ends, lone surrogates, and marks that turn the direction of the text around them.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class InvalidField(ValueError):
    """A field that cannot be taken, with its name and what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


def line(field: str, text: str, *, longest: int) -> str:
    """One line of text: NFC, trimmed, inner white space single. Raises InvalidField if empty or too long."""
    cleaned = " ".join(_checked(field, text).split())
    if not cleaned:
        raise InvalidField(field, "must not be empty")
    return _bounded(field, cleaned, longest)


def paragraph(field: str, text: str, *, longest: int) -> str:
    """Text that may have line breaks: NFC, trimmed, line ends made \\n. May be empty."""
    cleaned = _checked(field, text).replace("\r\n", "\n").replace("\r", "\n").strip()
    return _bounded(field, cleaned, longest)


def tags(field: str, values: Iterable[str]) -> tuple[str, ...]:
    """Distinct tags in the order given, a leading # dropped."""
    cleaned = (line(field, value.lstrip("# "), longest=TAG_MAX) for value in values)
    distinct = tuple(dict.fromkeys(cleaned))
    if len(distinct) > TAGS_MAX:
        raise InvalidField(field, f"at most {TAGS_MAX} tags, got {len(distinct)}")
    return distinct


def _checked(field: str, text: str) -> str:
    found = _FORBIDDEN.search(text)
    if found:
        where = f"U+{ord(found.group()):04X} at position {found.start()}"
        raise InvalidField(field, f"the character {where} is not allowed; remove it")
    return unicodedata.normalize("NFC", text)


def _bounded(field: str, text: str, longest: int) -> str:
    if len(text) > longest:
        raise InvalidField(field, f"at most {longest} characters, got {len(text)}")
    return text
