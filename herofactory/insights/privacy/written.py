"""Addresses of people in folded text: mail, and URLs that hold a password."""

from __future__ import annotations

import re
from collections.abc import Iterator

from herofactory.insights.privacy.span import Span

_URL = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[^\s/@]+@\S*")
_AT = r"(?:@| ?[(\[{]at[)\]}] ?| ?골뱅이 ?)"
_DOT = r"(?:\.| ?[(\[{]dot[)\]}] ?)"
_EMAIL = re.compile(rf"[^\s@<>()\[\]{{}},;:\"/]{{1,64}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{2,63}})+")


def spans(text: str) -> Iterator[Span]:
    for match in _URL.finditer(text):
        yield Span(match.start(), match.end(), "url")
    for match in _EMAIL.finditer(text):
        yield Span(match.start(), match.end(), "email")
