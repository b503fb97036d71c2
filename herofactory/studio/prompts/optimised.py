"""How a request for a prompt ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from herofactory.studio.prompts.draft import Draft

State = Literal["working", "done", "failed"]
Cause = Literal["PROMPT_REJECTED", "PROMPT_UNTRANSLATABLE"]


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` as moderation has it, or the cause itself; `detail`: one English sentence for who asked."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Optimised:
    """A draft, or a cause and its reasons: never both, so that no error is drawn."""

    draft: Draft | None
    cause: Cause | None = None
    reasons: tuple[Reason, ...] = ()
    embedding: tuple[float, ...] = ()
    embedder: str = ""

    @property
    def state(self) -> Literal["done", "failed"]:
        return "failed" if self.draft is None else "done"

    def to_json(self) -> dict[str, Any]:
        return {
            "draft": self.draft.to_json() if self.draft else None,
            "cause": self.cause,
            "reasons": [{"code": reason.code, "detail": reason.detail} for reason in self.reasons],
            "embedding": list(self.embedding),
            "embedder": self.embedder,
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Optimised:
        return cls(
            Draft.from_json(fields["draft"]) if fields["draft"] else None,
            fields["cause"],
            tuple(Reason(**each) for each in fields["reasons"]),
            tuple(fields["embedding"]),
            fields["embedder"],
        )
