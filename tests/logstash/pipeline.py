"""A pipeline as the parsed language: its plug-ins with their options, whatever conditions they stand under."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lscl.lang import LsclAttribute, LsclBlock, LsclConditions
from lscl.parser import parse_lscl

FOLDER = Path(__file__).resolve().parents[2] / "logstash"
FILES = sorted((FOLDER / "pipeline").glob("*.conf"))


@dataclass(frozen=True, slots=True)
class Plugin:
    section: str
    name: str
    options: dict[str, Any]


def parsed(text: str) -> list[Plugin]:
    """Raises `lscl.errors.DecodeError` with line and column where the text is not the language."""
    return [
        Plugin(section.name, block.name, _options(block))
        for section in parse_lscl(text)
        for block in _blocks(section.content)
    ]


@cache
def plugins(name: str) -> list[Plugin]:
    return parsed((FOLDER / f"pipeline/{name}.conf").read_text(encoding="utf-8"))


def one(pipeline: str, section: str, name: str) -> dict[str, Any]:
    """The options of the only plug-in of that name."""
    [found] = [each for each in plugins(pipeline) if (each.section, each.name) == (section, name)]
    return found.options


def _blocks(content: Sequence[Any]) -> Iterator[LsclBlock]:
    for each in content:
        if isinstance(each, LsclBlock):
            yield each
        elif isinstance(each, LsclConditions):
            for _, inner in each.conditions:
                yield from _blocks(inner)
            yield from _blocks(each.default or ())


def _options(block: LsclBlock) -> dict[str, Any]:
    assert all(isinstance(each, LsclAttribute) for each in block.content), f"{block.name}: options only"
    names = [each.name for each in block.content]
    assert len(names) == len(set(names)), f"{block.name}: {names} tells an option twice"
    return {each.name: each.content for each in block.content}
