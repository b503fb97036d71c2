"""Addresses of people in folded text: mail, and URLs that hold a password."""

from __future__ import annotations

import re
from collections.abc import Iterator

from herofactory.insights.privacy.span import Span

_URL = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[^\s/@]+@\S*")
_LOCAL = r"[^\s@<>()\[\]{},;:\"/]"
_SPELLED_AT = r"(?: ?[(\[{]at[)\]}] ?| ?골뱅이 ?)"
_DOT = r"(?:\.| ?[(\[{]dot[)\]}] ?)"
_DOMAIN = rf"[\w-]{{1,63}}(?:{_DOT}[\w-]{{2,63}})+"
# From the beginning of a word only, and never back: a text costs as many steps as it has characters.
_EMAIL = re.compile(rf"(?<!{_LOCAL}){_LOCAL}++@{_DOMAIN}")
_SPELLED_END = re.compile(rf"{_SPELLED_AT}{_DOMAIN}")
_IN_LOCAL = re.compile(_LOCAL)


def spans(text: str) -> Iterator[Span]:
    for match in _URL.finditer(text):
        yield Span(match.start(), match.end(), "url")
    for match in _EMAIL.finditer(text):
        yield Span(match.start(), match.end(), "email")
    for match in _SPELLED_END.finditer(text):
        start = match.start()
        while start and _IN_LOCAL.match(text[start - 1]):
            start -= 1
        yield Span(start, match.end(), "email")
