"""What became of a wish: the prompt, and everything told beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from herofactory.platform.events.studio import Keyword

Language = Literal["ko", "en", "mixed", "other"]
Provider = Literal["glossary", "gemini", "glossary-fallback"]
ENGLISH_MAX = 1_000
"""Characters of a prompt; image models read some 75 words of it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`english` is empty where nothing could be translated: then it is no prompt, and must not be drawn."""

    language: Language
    subject: str
    """What the wish says and no more, in English."""
    english: str
    """The prompt: the subject, and words that help a model to draw a game asset."""
    negative: str
    keywords: tuple[Keyword, ...] = ()
    """Recommended words that are not in the prompt, by facet."""
    untranslated: tuple[str, ...] = ()
    """Words of the wish that are not in the prompt, as they were typed (NFC)."""
    category: str | None = None
    """Of the store, where the subject's head is known."""
    provider: Provider = "glossary"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Draft:
        """Raises KeyError or TypeError for what `to_json` did not write."""
        return cls(
            **{
                **fields,
                "keywords": tuple(Keyword(**each) for each in fields["keywords"]),
                "untranslated": tuple(fields["untranslated"]),
            }
        )
