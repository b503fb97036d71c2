from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, NamedTuple

from herofactory.search.analysis.dictionary import dictionary_path


class Morpheme(NamedTuple):
    """One node of MeCab's best path. `feature` is mecab-ko-dic's row: tag, meaning, final consonant, reading, type,

    first tag, last tag, expression.
    """

    surface: str
    start: int
    end: int
    feature: list[str]


class Mecab:
    """The mecab-ko engine on one dictionary. Usable from any thread: each gets a tagger of its own.

    The dictionary is memory-mapped, so further taggers and processes share its pages.
    """

    def __init__(self, dictionary: Path | None = None) -> None:
        self._dictionary = dictionary or dictionary_path()
        self._local = threading.local()

    def morphemes(self, text: str) -> list[Morpheme]:
        """`text` holds no control characters (see normalize.fold)."""
        answer: str = self._tagger().parse(text)
        found: list[Morpheme] = []
        at = 0
        for line in answer.splitlines():
            surface, tab, feature = line.partition("\t")
            if not tab:  # EOS
                continue
            start = text.index(surface, at)
            at = start + len(surface)
            found.append(Morpheme(surface, start, at, feature.split(",")))
        return found

    def _tagger(self) -> Any:
        tagger = getattr(self._local, "tagger", None)
        if tagger is None:
            # mecab_ko.Tagger insists on importing `mecab_ko_dic` and on an attribute that only another package
            # of that import name has; the class below it takes the path alone.
            from mecab_ko import _MeCab

            arguments = ["", "-C", "-d", str(self._dictionary), "-r", "/dev/null"]
            tagger = self._local.tagger = _MeCab.Tagger([argument.encode() for argument in arguments])
        return tagger
