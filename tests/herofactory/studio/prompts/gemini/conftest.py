"""A server on this machine that speaks Gemini's REST format and fails on demand: the real client talks to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.listening import HANGS, Call, Reply, listening

GOOD: dict[str, Any] = {
    "english": "burning dragon sword, curved steel blade, crimson, fiery glow",
    "negative": "text, watermark, blurry",
    "keywords": [{"category": "mood", "korean": "웅장한", "english": "epic"}],
    "untranslated": [],
}


@dataclass
class Gemini:
    """`replies` are given in order, the last one for ever; the calls that came, in order."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def says(self, answer: object, *, finish: str = "STOP") -> None:
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        self.replies_with(
            {
                "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish}],
                "usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 100, "thoughtsTokenCount": 20},
            }
        )

    def replies_with(self, body: object, status: int = 200) -> None:
        self.replies = [Reply.of(body, status)]

    def first(self, body: object, status: int) -> None:
        """Once, before what it says otherwise."""
        self.replies.insert(0, Reply.of(body, status))

    def hangs(self) -> None:
        self.replies = [HANGS]

    def answer(self, call: Call) -> Reply:
        self.calls.append(call)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    """Answers well until a test says otherwise."""
    gemini = Gemini()
    gemini.says(GOOD)
    with listening(gemini.answer) as gemini.url:
        yield gemini
