"""No text is slow: shown on the patterns themselves, not with a watch."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import re
import re._constants as sre  # type: ignore[import-not-found]  # private, and the only way to read a pattern
import re._parser as sre_parser  # type: ignore[import-not-found]  # as above
from collections.abc import Iterator
from typing import Any

import pytest

import herofactory.moderation
from herofactory.moderation import LocalRules, Subject
from herofactory.moderation.text import MAX_VIEW, View

MOST_REPEATS = 64
REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT)
SINGLE = (sre.IN, sre.LITERAL, sre.NOT_LITERAL, sre.ANY)


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for info in pkgutil.walk_packages(herofactory.moderation.__path__, "herofactory.moderation."):
        module = importlib.import_module(info.name)
        found += [(f"{info.name}.{name}", each) for name, each in vars(module).items() if isinstance(each, re.Pattern)]
    return found


def repeats(parsed: Any, depth: int = 0) -> Iterator[tuple[int, int, Any]]:
    """(depth, most repetitions, body) of each repeat, however deep."""
    for operator, argument in parsed:
        if operator in REPEATS:
            yield depth, argument[1], argument[2]
            yield from repeats(argument[2], depth + 1)
        else:
            for part in nested(argument):
                yield from repeats(part, depth)


def nested(argument: Any) -> Iterator[Any]:
    if isinstance(argument, sre_parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for each in argument:
            yield from nested(each)


@pytest.mark.parametrize(("name", "pattern"), patterns())
def test_every_pattern_repeats_a_bounded_number_of_times(name: str, pattern: re.Pattern[str]) -> None:
    """Unbounded is only a pattern that is nothing but one repeated class: it never backtracks into another part."""
    parsed = sre_parser.parse(pattern.pattern, pattern.flags)
    for _, most, body in repeats(parsed):
        alone = len(parsed) == 1 and len(body) == 1 and body[0][0] in SINGLE
        assert alone or most is not sre.MAXREPEAT, f"{name} repeats without bound: {pattern.pattern}"
        assert alone or int(most) <= MOST_REPEATS


@pytest.mark.parametrize(("name", "pattern"), patterns())
def test_repeats_are_nested_at_most_once_and_few_times(name: str, pattern: re.Pattern[str]) -> None:
    for depth, most, body in repeats(sre_parser.parse(pattern.pattern, pattern.flags)):
        assert depth <= 2, name
        if any(True for _ in repeats(body)) and most is not sre.MAXREPEAT:
            assert int(most) <= 4, f"{name}: a repeat of repeats may run 4 times, not {most}"


def test_there_are_patterns_to_look_at() -> None:
    assert len(patterns()) >= 10


@pytest.mark.parametrize(
    "text",
    [
        *("a" * 5000, "a." * 2500, "@" * 5000, "0" * 5000, "0 " * 2500, "010-" * 1250, "공" * 5000, "((((" * 1250),
        *("http://" * 700, "카톡 " * 1600, "가시 구 로" * 800, "1" + " " * 5000, "ﷺ" * 5000, "검과 " * 1600),
        *("\x00" * 5000, "오픈카톡방" * 1000, "a@" * 2500, "씨발" * 2500, "드래곤" * 1600, "\u0301" * 5000),
    ],
)
def test_long_adversarial_texts_are_judged(text: str) -> None:
    verdict = asyncio.run(LocalRules().judge(Subject("item", "seller", text, text, "weapon", (text[:30],))))
    assert verdict.policy


@pytest.mark.parametrize("text", ["ﷺ" * MAX_VIEW, "a" * (MAX_VIEW * 3)])
def test_no_view_is_longer_than_its_limit(text: str) -> None:
    view = View("name", text)
    assert view.too_long
    assert len(view.folded) <= MAX_VIEW
