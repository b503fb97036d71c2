"""What a provider answered, before any policy made a verdict of it: another policy judges by it for nothing."""

from __future__ import annotations

import hashlib
from typing import Protocol

from herofactory.moderation.subject import Subject, content_hash

QUESTION_DIGITS = 32
"""Hexadecimal, at the end of a key."""


class Answers(Protocol):
    """Keys are as `answer_key` makes them. What is read back is checked as if the provider had just said it."""

    async def get(self, key: str, /) -> bytes | None: ...

    async def put(self, key: str, body: bytes, /) -> None:
        """Called twice for one key when two workers asked at once; either answer may stay."""


def answer_key(question: str, subject: Subject) -> str:
    """`question`: what was asked of whom, in a version that changes with it. In front stands the content: answers on
    what nobody offers any more are found by that."""
    return content_hash(subject) + hashlib.sha256(question.encode()).hexdigest()[:QUESTION_DIGITS]


class MemoryAnswers:
    """For one process and for tests."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes | None:
        return self.bodies.get(key)

    async def put(self, key: str, body: bytes) -> None:
        self.bodies[key] = body


class NoAnswers:
    """Keeps nothing: whoever judges twice pays twice."""

    async def get(self, _key: str) -> bytes | None:
        return None

    async def put(self, _key: str, _body: bytes) -> None:
        pass
