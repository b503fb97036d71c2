"""A server on this machine that speaks OpenAI's wire format and fails on demand: the real client talks to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.support.listening import HANGS, Call, Reply, listening

MODERATIONS, COMPLETIONS = "/v1/moderations", "/v1/chat/completions"
SCORES = {
    "harassment": 0.001,
    "harassment/threatening": 0.001,
    "hate": 0.001,
    "hate/threatening": 0.001,
    "illicit": 0.001,
    "illicit/violent": 0.001,
    "self-harm": 0.001,
    "self-harm/intent": 0.001,
    "self-harm/instructions": 0.001,
    "sexual": 0.001,
    "sexual/minors": 0.001,
    "violence": 0.6,
    "violence/graphic": 0.01,
}
FITS = {"fits_category": True, "fitting_category": "weapon", "confidence": 0.97, "suspicious": False, "tags": ["검"]}


@dataclass
class Provider:
    """`replies` by path; the calls that came, in order."""

    url: str = ""
    replies: dict[str, Reply] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def moderates(self, scores: dict[str, float] | None = None, *, flags: dict[str, bool] | None = None) -> None:
        merged = SCORES | (scores or {})
        categories = dict.fromkeys(merged, False) | (flags or {})
        result = {
            "flagged": any(categories.values()),
            "categories": categories,
            "category_scores": merged,
            "category_applied_input_types": {name: ["text"] for name in merged},
        }
        self.reply(MODERATIONS, {"id": "modr-1", "model": "omni-moderation-latest", "results": [result]})

    def answers(self, content: object, *, finish_reason: str = "stop", refusal: str | None = None) -> None:
        text = content if isinstance(content, str) or content is None else json.dumps(content, ensure_ascii=False)
        message: dict[str, object] = {"role": "assistant", "content": text, "refusal": refusal, "annotations": []}
        self.reply(
            COMPLETIONS,
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1_790_000_000,
                "model": "gpt-4o-mini",
                "choices": [{"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": None}],
                "usage": {"prompt_tokens": 400, "completion_tokens": 50, "total_tokens": 450},
            },
        )

    def reply(self, path: str, body: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.replies[path] = Reply.of(body, status, headers)

    def hang(self, path: str) -> None:
        self.replies[path] = HANGS

    def answer(self, call: Call) -> Reply:
        self.calls.append(call)
        return self.replies[call.path]

    @property
    def paths(self) -> list[str]:
        return [call.path for call in self.calls]


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Answers that approve a weapon, until a test says otherwise."""
    provider = Provider()
    provider.moderates()
    provider.answers(FITS)
    with listening(provider.answer) as url:
        provider.url = f"{url}/v1"
        yield provider
