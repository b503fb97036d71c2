"""English noun phrases from the words of a Korean text.

Korean puts everything before the noun it says something of; in English adjectives stay before it and clauses follow:
붉은 보석이 박힌 황금 왕관 is a gold crown set with red gem. A clause is kept back until its noun is complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from herofactory.studio.prompts.lexicon import Term
from herofactory.studio.prompts.numbers import counted
from herofactory.studio.prompts.reading import Word

# English puts size before age before shape before colour before what a thing is made of.
_RANKS = {kind: rank for rank, kind in enumerate(("quality", "mood", "size", "age", "state", "light", "shape"))}
_RANKS |= {"colour": 10, "material": 11}
_LATE = 9
# What a noun is called before another one.
_BEFORE = {"tree": "wooden"}
# 푸른 눈의 늑대 has blue eyes; 푸른 숲의 늑대 has no forest.
_PARTS = tuple([part] for part in ("eye", "hair", "wing", "tail", "beard", "horn", "face", "hand", "head"))
_ROLES = ("object", "subject", "means", "place", "")


@dataclass(frozen=True, slots=True)
class Phrase:
    text: str
    head: str = ""
    """The last noun of the last thing named."""
    category: str | None = None
    untranslated: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """What the text says is not there."""


@dataclass(slots=True)
class _Group:
    """A noun with what stands before it (`adjectives`, further `nouns`) and what is said after it (`tails`)."""

    adjectives: list[tuple[int, str]] = field(default_factory=list)
    nouns: list[str] = field(default_factory=list)
    tails: list[str] = field(default_factory=list)
    count: int = 0
    head: Term | None = None

    def text(self) -> str:
        before = [english for _, english in sorted(self.adjectives, key=lambda each: each[0])]
        nouns = [*(_BEFORE.get(noun, noun) for noun in self.nouns[:-1]), *self.nouns[-1:]]
        named = " ".join(_distinct([*before, *nouns]))
        named = counted(self.count, named) if self.count and named else named
        return " ".join([named, " and ".join(_distinct(self.tails))]).strip() if named else ""


@dataclass(slots=True)
class _Argument:
    """A finished noun that waits for its verb. `preposition` where a place word said which."""

    particle: str
    text: str
    preposition: str = ""
    head: Term | None = None


class Composer:
    def __init__(self) -> None:
        self._group = _Group()
        self._arguments: list[_Argument] = []
        self._done: list[str] = []
        self._styles: list[str] = []
        self._unknown: list[str] = []
        self._without: list[str] = []
        self._head: Term | None = None
        self._number = 0
        self._joins = False
        self._kept: list[str] = []
        """Clauses of a noun that comes after the next one."""

    def compose(self, words: Iterable[Word]) -> Phrase:
        for word in words:
            self._take(word)
        self._finish()
        head = self._head
        named = ", ".join([*self._done, *_distinct(self._styles)])
        return Phrase(
            named,
            head.english if head else "",
            head.category if head else None,
            tuple(_distinct(self._unknown)),
            tuple(_distinct(self._without)),
        )

    def _take(self, word: Word) -> None:
        match word.kind:
            case "link":
                self._tie(word)
            case "number":
                self._number = int(word.english)
            case "counter":
                self._count(word)
            case "unknown":
                self._unknown.append(word.korean)
                self._after_noun(word)
            case "foreign":
                self._group.nouns.append(word.english)
                self._after_noun(word)
            case "term":
                assert word.term is not None
                self._take_term(word, word.term)
        if word.breaks and word.kind in ("link", "counter"):
            self._close()

    def _take_term(self, word: Word, term: Term) -> None:
        if term.kind == "material" and (word.particle or word.breaks or self._group.nouns):
            self._name(word, term)
        elif term.adjective:
            self._group.adjectives.append((_RANKS.get(term.kind, _LATE), term.english))
            self._close_if(word.breaks and bool(self._group.nouns))
        elif term.kind == "noun":
            self._name(word, term)
        elif term.kind == "style":
            self._styles.append(term.english)
        elif term.kind == "shape-of":
            self._shape()
        elif term.kind == "style-of":
            self._style()
        elif term.kind == "place":
            self._place(word, term)
        else:
            self._close_if(word.breaks)

    def _name(self, word: Word, term: Term) -> None:
        if self._number:
            self._group.count, self._number = self._number, 0
        self._group.nouns.append(term.english)
        self._group.head = term
        self._after_noun(word)

    def _after_noun(self, word: Word) -> None:
        if word.particle in ("subject", "object", "place", "means"):
            self._argue(word.particle)
        elif word.particle == "like" and self._group.nouns:
            self._group = _Group(tails=[f"like {self._cut()}"])
        elif word.particle == "of" and self._group.adjectives and self._group.nouns[-1:] in _PARTS:
            self._group = _Group(tails=[f"with {self._cut()}"])
        elif word.particle == "and" or word.breaks:
            self._close(joins=word.particle == "and" and not word.breaks)

    def _argue(self, particle: str, preposition: str = "") -> None:
        """The group at hand waits for its verb; a noun that is not known leaves nothing of it."""
        head = self._group.head
        text = self._cut() if self._group.nouns else ""
        self._arguments.append(_Argument(particle, text, preposition, head))

    def _count(self, word: Word) -> None:
        """물약 세 병 and 눈이 세 개 count what stands before, 세 병의 물약 what comes."""
        if not self._group.nouns and word.particle != "of" and self._arguments:
            waiting = self._arguments[-1]
            waiting.text, self._number = counted(self._number, waiting.text), 0
        if not self._group.nouns:
            return
        self._group.count, self._number = self._number, 0
        self._after_noun(word)

    def _shape(self) -> None:
        if self._group.nouns:
            shape = " ".join(self._group.nouns).replace(" ", "-")
            self._group.nouns.clear()
            self._group.adjectives.append((_RANKS["shape"], f"{shape}-shaped"))

    def _style(self) -> None:
        if self._group.nouns:
            self._styles.append(f"{self._cut()} style")

    def _place(self, word: Word, term: Term) -> None:
        if not self._group.nouns:
            return
        if word.particle == "place":
            self._argue("place", term.english)
        else:
            self._group = _Group(tails=[f"{term.english} {self._cut()}"])

    def _tie(self, word: Word) -> None:
        assert word.link is not None
        if self._group.nouns:
            self._argue("")
        for argument in self._by_role():
            verb = word.link.words(argument.particle)
            if argument.preposition:
                verb = f"{word.link.alone} {argument.preposition}".removeprefix("- ")
            if verb:
                self._arguments.remove(argument)
                self._tie_to(verb, argument, word.goes_on)
                return
        if word.link.alone != "-":
            self._group.adjectives.append((_RANKS["state"], word.link.alone))

    def _tie_to(self, verb: str, argument: _Argument, goes_on: bool) -> None:
        if not argument.text:  # a word that is not known
            return
        if verb == "without":
            self._without.append(argument.text)
        tail = f"{verb} {argument.text}"
        for place in [each for each in self._arguments if each.particle == "place" and each.text]:
            self._arguments.remove(place)
            tail += f" {place.preposition or 'in'} {place.text}"
        if goes_on:
            self._kept.append(tail)
        else:
            self._group.tails += [*self._kept, tail]
            self._kept.clear()

    def _by_role(self) -> Sequence[_Argument]:
        return sorted(self._arguments, key=lambda each: _ROLES.index(each.particle))

    def _cut(self) -> str:
        """The text of the group at hand, of which nothing is left then."""
        text, self._group = self._group.text(), _Group()
        return text

    def _close_if(self, condition: bool) -> None:
        if condition:
            self._close()

    def _close(self, *, joins: bool = False) -> None:
        if not self._group.nouns and self._group.tails:
            return  # a clause that still waits for its noun
        for argument in self._arguments:
            self._say(argument.text, argument.head)
        head = self._group.head
        self._say(self._cut(), head)
        self._arguments.clear()
        self._joins = joins

    def _say(self, text: str, head: Term | None) -> None:
        self._head = head if text and head else self._head
        if text and self._joins and self._done:
            self._done[-1] += f" and {text}"
        elif text:
            self._done.append(text)
        self._joins = self._joins and not text

    def _finish(self) -> None:
        """용이 불을 뿜는다: the sentence ends without a noun after the clause, so its subject is the noun."""
        tails = self._group.tails
        tails += self._kept
        if tails and not self._group.nouns:
            waiting = next((each for each in self._arguments if each.text), None)
            if waiting:
                self._arguments.remove(waiting)
                self._group.nouns.append(waiting.text)
                self._group.head = waiting.head
            else:
                self._done.append(" and ".join(tails))
        if self._number and self._group.nouns:
            self._group.count = self._number
        self._close()


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))
