"""Reading Gemini's answer: anything that is not plainly a prompt is no answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from herofactory.platform.events.studio import Keyword
from herofactory.studio.prompts.draft import Draft
from herofactory.studio.prompts.enrich import category_of
from herofactory.studio.prompts.gemini.question import INSTRUCTION
from herofactory.studio.prompts.language import is_hangul, language_of
from herofactory.studio.prompts.lexicon import FACETS
from herofactory.studio.prompts.wish import RemoteFailed

ENGLISH_LONGEST = 600
KEYWORDS_MOST = 24
KEYWORD_LONGEST = 40
_KEYS = {"english", "negative", "keywords", "untranslated"}
_ECHO_WORDS = 6
_TALK = re.compile(
    r"https?:|www\.|[<>{}\[\]`\\]|\b(?:ignor\w+|disregard\w*|previous|instructions?|system|as an ai|language model"
    r"|i (?:can(?:not|'t)|am|will)|i'm|sorry|user|assistant|json|prompt|rules?|error|exception|unable|api|key)\b",
    re.IGNORECASE,
)
"""What no description of a picture of ours holds, and every attempt to be told something else does."""


def read(answer: str, text: str) -> Draft:
    """The draft for `text`. Raises RemoteFailed for an answer of another shape, and on any doubt."""
    fields = _object(answer)
    english = _english("english", fields["english"])
    if not english:
        raise RemoteFailed("Gemini's prompt is empty")
    said = fields["untranslated"]
    if not isinstance(said, list) or not isinstance(fields["keywords"], list):
        raise RemoteFailed("Gemini's answer has another shape than asked for")
    return Draft(
        language=language_of(text),
        subject=english,
        english=english,
        negative=_english("negative", fields["negative"]),
        keywords=tuple(_keywords(fields["keywords"])),
        untranslated=tuple(each for each in said if isinstance(each, str) and each.strip() and each in text),
        category=category_of(english),
        provider="gemini",
    )


def _object(answer: str) -> dict[str, Any]:
    try:
        fields = json.loads(answer)
    except (ValueError, RecursionError):
        raise RemoteFailed("Gemini's answer is no JSON") from None
    if not isinstance(fields, dict) or fields.keys() != _KEYS:
        raise RemoteFailed("Gemini's answer has another shape than asked for")
    return fields


def _english(field: str, value: object) -> str:
    """One line of printable ASCII that describes."""
    if not isinstance(value, str) or len(value) > ENGLISH_LONGEST:
        raise RemoteFailed(f"Gemini's {field} is no text of at most {ENGLISH_LONGEST} characters")
    line = " ".join(value.split())
    if not line.isascii() or not line.isprintable() or (line and not any(map(str.isalpha, line))):
        raise RemoteFailed(f"Gemini's {field} is not English")
    # `text` and `watermark` are common in negatives; talk is not.
    if _TALK.search(line) or _echoes(line):
        raise RemoteFailed(f"Gemini's {field} talks instead of describing")
    return line


def _echoes(line: str) -> bool:
    """Whether it repeats a piece of the instruction."""
    words, rules = _words(line), f" {' '.join(_words(INSTRUCTION))} "
    return any(
        f" {' '.join(words[start : start + _ECHO_WORDS])} " in rules for start in range(len(words) - _ECHO_WORDS + 1)
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _keywords(values: list[Any]) -> Iterator[Keyword]:
    """Those that are well-formed: a recommendation less does no harm."""
    for value in values[:KEYWORDS_MOST]:
        match value:
            case {"category": str(facet), "korean": str(korean), "english": str(english)} if (
                facet in FACETS and _is_korean(korean) and _is_plain(english)
            ):
                yield Keyword(facet, korean, english)


def _is_korean(text: str) -> bool:
    return len(text) <= KEYWORD_LONGEST and text.isprintable() and any(map(is_hangul, text))


def _is_plain(text: str) -> bool:
    return 0 < len(text) <= KEYWORD_LONGEST and text.isascii() and text.isprintable() and not _TALK.search(text)
