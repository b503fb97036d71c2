"""Personal data in what people search for, masked before anything is stored.

Over rather than under: a search term that looks like a number of a person is worth nothing as a term.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from herofactory.insights.privacy import numbers, written
from herofactory.insights.privacy.span import Span


def masked(text: str) -> str:
    """`text` with a mask like `[email]` in place of each piece of personal data."""
    folded = _Folded.of(text)
    spans = sorted({*written.spans(folded.text), *numbers.spans(folded.text)}, key=lambda span: (span.start, -span.end))
    out: list[str] = []
    at = 0
    for span in _merged(spans):
        start, end = folded.places[span.start], folded.places[span.end - 1] + 1
        out += (text[at:start], f"[{span.kind}]")
        at = end
    return "".join((*out, text[at:]))


def normalised(text: str) -> str:
    """NFC, case folded, white space single, personal data masked."""
    return " ".join(masked(unicodedata.normalize("NFC", text.casefold())).split())


@dataclass(frozen=True, slots=True)
class _Folded:
    """The text as detectors want it (plain digits and letters, nothing invisible), and where each character stood."""

    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> _Folded:
        pairs = [(plain, place) for place, character in enumerate(text) for plain in _plain(character)]
        return cls("".join(plain for plain, _ in pairs), tuple(place for _, place in pairs))


def _plain(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return ""
    return unicodedata.normalize("NFKC", character).casefold()


def _merged(spans: list[Span]) -> Iterator[Span]:
    """What overlaps is one; the first, longest one names it."""
    current: Span | None = None
    for span in spans:
        if current is None:
            current = span
        elif span.start < current.end:
            current = Span(current.start, max(current.end, span.end), current.kind)
        else:
            yield current
            current = span
    if current:
        yield current
