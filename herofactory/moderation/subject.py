"""What is judged: the text and picture of one item, and the hash that says two subjects are the same."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """One item as its seller wrote it. `image` is sanitised PNG bytes, or None: a picture is optional."""

    item_id: str
    seller_id: str
    name: str
    description: str
    category: str
    tags: tuple[str, ...] = ()
    image: bytes | None = None

    def texts(self) -> tuple[tuple[str, str], ...]:
        """(field, text) of all that is shown to buyers, in reading order."""
        return (("name", self.name), ("description", self.description), *(("tag", tag) for tag in self.tags))


def content_hash(subject: Subject) -> str:
    """SHA-256 (64 hex digits) of what a verdict depends on.

    Item and seller are left out, so the same content is judged once whoever offers it; the order of the tags is left
    out too. Text that differs only in Unicode composition is the same text.
    """
    image = None if subject.image is None else hashlib.sha256(subject.image).hexdigest()
    return hash_of(subject.name, subject.description, subject.category, subject.tags, image)


def hash_of(name: str, description: str, category: str, tags: Iterable[str], image: str | None) -> str:
    """The same where the picture is not at hand. `image`: SHA-256 of its bytes, in hex."""
    parts = [_nfc(name), _nfc(description), category, sorted(map(_nfc, tags)), image]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode("ascii")).hexdigest()


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
