"""The local provider: a wish in Korean, English or both becomes a prompt, without network and always the same."""

from __future__ import annotations

from dataclasses import replace

from herofactory.search.analysis.normalize import fold, nfc
from herofactory.studio.prompts.draft import ENGLISH_MAX, Draft
from herofactory.studio.prompts.enrich import category_of, enrich
from herofactory.studio.prompts.language import ascii_of, is_hangul, language_of
from herofactory.studio.prompts.lexicon import lexicon
from herofactory.studio.prompts.phrase import Composer, Phrase
from herofactory.studio.prompts.reading import read


def translate(text: str) -> Draft:
    """A draft in any case; its `english` is empty where no word of `text` could be used.

    English stays as it is written; Korean is translated word by word with our glossary; what it lacks is told. Takes
    about 1 ms, and 0.5 s the first time in a process.
    """
    plain = " ".join(fold(nfc(text)).split())
    language = language_of(plain)
    phrase = _phrase(plain)
    subject = ascii_of(phrase.text)[: ENGLISH_MAX // 2]
    if not any(map(str.isalpha, subject)):
        return Draft(language, "", "", "", untranslated=phrase.untranslated or _words(plain))
    category = phrase.category or category_of(subject)
    more = enrich(subject, category, phrase.without)
    draft = Draft(language, subject, more.english, more.negative, more.keywords, category=category)
    return replace(draft, untranslated=phrase.untranslated)


def _phrase(plain: str) -> Phrase:
    if any(map(is_hangul, plain)):
        return Composer().compose(read(plain, lexicon()))
    return Phrase(plain, untranslated=_words("".join(" " if each.isascii() else each for each in plain)))


def _words(text: str) -> tuple[str, ...]:
    """Words with a letter that ASCII does not hold, accents aside."""
    return tuple(dict.fromkeys(word for word in text.split() if any(map(str.isalpha, word)) and not ascii_of(word)))
