"""A filter's text as tokens, each with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from herofactory.platform.replay.target import ReplayRefused

Kind = Literal["word", "text", "operator", "(", ")", ",", "end"]
KEYWORDS = frozenset({"and", "or", "not", "in"})
MAX_CHARS = 4_000
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<operator>!=|!~|<=|>=|=|<|>|~)
    | (?P<bracket>[(),])
    | (?P<word>[^\s"'=!<>~(),]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(r"\s*")


class FilterError(ReplayRefused):
    """The message shows the text and points at the place."""

    def __init__(self, what: str, text: str, at: int) -> None:
        super().__init__(f"filter, at character {at + 1}: {what}\n  {text}\n  {' ' * at}^")
        self.at = at


class Token(NamedTuple):
    kind: Kind
    value: str
    """Of a text what stands between the quotes, unescaped."""
    at: int
    """Characters before it."""

    def is_keyword(self, word: str) -> bool:
        return self.kind == "word" and self.value.lower() == word

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else f"`{self.value}`"


def tokens_of(text: str) -> Sequence[Token]:
    """The last one is the end. Raises FilterError."""
    if len(text) > MAX_CHARS:
        raise FilterError(f"{len(text):,} characters are too many; at most {MAX_CHARS:,}", text[:60] + "...", 0)
    found, at = list[Token](), 0
    while (match := _TOKEN.match(text, at)) is not None:
        found.append(_token(match))
        at = match.end()
    space = _SPACE.match(text, at)
    at = space.end() if space else at
    if at < len(text):
        quote = text[at] in "\"'"
        raise FilterError("this quote is never closed" if quote else f"`{text[at]}` cannot stand here", text, at)
    return (*found, Token("end", "", len(text)))


def _token(match: re.Match[str]) -> Token:
    name = match.lastgroup
    assert name is not None
    value, at = match[name], match.start(name)
    match name:
        case "text":
            return Token("text", re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL), at)
        case "operator":
            return Token("operator", value, at)
        case "bracket":
            return Token(value, value, at)  # type: ignore[arg-type]  # one of the three
        case _:
            return Token("word", value, at)
