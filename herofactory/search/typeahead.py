"""Words offered while typing, and as corrections: names, their words, and tags."""

from __future__ import annotations

from collections.abc import Iterable

from herofactory.search.analysis.normalize import fold, nfc
from herofactory.search.document import ItemDocument
from herofactory.search.hangul import INITIALS, initials, is_syllable

MAX_WORD = 60
SEPARATOR = "|"
_PARTICLES = frozenset("과와을를의에로")


def tidy(text: str) -> str:
    """One spelling to compare by: NFC, ASCII widths, lower case, single spaces."""
    return " ".join(fold(nfc(text)).lower().split())


def words_of(document: ItemDocument, nouns: Iterable[str]) -> list[str]:
    """What typing may complete to. `nouns` are the name's analysed terms."""
    name = tidy(document.name)
    tags = (tidy(tag) for tag in (*document.tags, *document.auto_tags))
    known = set(nouns)
    split = (_bare(word, known) for word in name.split())
    words = (name, *split, *tags, *(noun for noun in known if len(noun) > 1))
    return list(dict.fromkeys(word[:MAX_WORD] for word in words if word.strip()))


def _bare(word: str, nouns: set[str]) -> str:
    """해골과 -> 해골. Only with particles that no adjective ends in, as 불타는 does."""
    bare = word[:-1]
    return bare if word[-1] in _PARTICLES and bare in nouns else word


def by_initials(word: str) -> str:
    """The key under which a word is found by its initial consonants; the word itself rides along."""
    return initials(word) + SEPARATOR + word


def begins(word: str, prefix: str) -> bool:
    """Whether `word` may be what is typed so far; a lone consonant stands for any syllable that begins with it."""
    return len(word) >= len(prefix) and all(map(_fits, word, prefix))


def _fits(char: str, typed: str) -> bool:
    if typed in INITIALS and is_syllable(char):
        return initials(char) == typed
    return char == typed
