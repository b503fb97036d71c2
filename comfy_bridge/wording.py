"""Somebody's words, as words. ComfyUI's text encoder reads a little language: `(word:1.3)` weighs, `\\(` is a bracket,
`embedding:name` loads a file of the server.

Only presets may use it. In a user's text brackets are made literal, backslashes and control characters (the encoder's
own marks are among them) go, and `embedding:` loses its colon. So a text can describe, and neither outweigh the preset
nor name a file. Weights typed on purpose are drawn as text; the strengths of style and sketch are what steers.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 2000
"""Characters; the encoder cuts text into chunks of 77 tokens, each of which costs time."""
_EMBEDDING = re.compile(r"embedding\s*:", re.IGNORECASE)


def literal(text: str) -> str:
    plain = "".join(" " if unicodedata.category(each).startswith("C") else each for each in text).replace("\\", " ")
    without = _EMBEDDING.sub("embedding ", plain[:LONGEST])
    return without.replace("(", r"\(").replace(")", r"\)")


def joined(*parts: str) -> str:
    """With one comma between parts, empty ones left out."""
    return ", ".join(filter(None, (part.strip(" ,\n\t") for part in parts)))
