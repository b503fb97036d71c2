"""Prompts as they come in and go out."""

from __future__ import annotations

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StrictStr

from api.models.item import Moment, ReasonOut, Strict
from herofactory.studio.prompts.draft import Language, Provider
from herofactory.studio.prompts.optimised import State
from herofactory.studio.prompts.prompt import Prompt
from herofactory.studio.prompts.similar import Comparison, Like


class PromptIn(Strict):
    text: StrictStr = Field(
        description="What is wanted, in Korean, English or both: 1 to 300 characters after NFC normalisation",
        examples=["붉은 보석이 박힌 황금 왕관"],
    )
    sketch_id: UUID | None = Field(None, description="From POST /api/v1/uploads; shown to a provider that can see")
    preset: StrictStr | None = Field(None, description="Name of the look it is meant for", examples=["pixel-icon"])


class PromptAccepted(BaseModel):
    id: UUID
    state: Literal["working"] = "working"


class KeywordOut(BaseModel):
    category: str = Field(description="shape, material, colour, mood, light or style")
    korean: str
    english: str


class PromptResult(BaseModel):
    language: Language = Field(description="What the text is written in")
    subject: str = Field(description="What the text says and no more, in English")
    english: str = Field(description="The prompt")
    negative: str = Field(description="What must not be seen")
    keywords: list[KeywordOut] = Field(description="Recommended words that are not in the prompt")
    untranslated: list[str] = Field(description="Words of the text that are not in the prompt")
    provider: Provider = Field(description="glossary-fallback: the remote provider failed, so the glossary did it")


class PromptOut(BaseModel):
    id: UUID
    text: str
    sketch_id: UUID | None
    preset: str | None
    state: State
    cause: str | None = Field(None, description="Of a failed one: PROMPT_REJECTED or PROMPT_UNTRANSLATABLE")
    reasons: list[ReasonOut] = Field([], description="Why it failed, and what to do")
    result: PromptResult | None = None
    created_at: Moment
    decided_at: Moment | None

    @classmethod
    def of(cls, prompt: Prompt) -> Self:
        made = prompt.optimised
        return cls(
            id=prompt.id,
            text=prompt.text,
            sketch_id=prompt.sketch_id,
            preset=prompt.preset,
            state=prompt.state,
            cause=made.cause if made else None,
            reasons=[ReasonOut(code=each.code, detail=each.detail) for each in made.reasons] if made else [],
            result=PromptResult.model_validate(made.draft.to_json()) if made and made.draft else None,
            created_at=prompt.created_at,
            decided_at=prompt.decided_at,
        )


class SimilarPrompt(BaseModel):
    id: UUID
    text: str
    english: str
    likeness: float = Field(description="Cosine: 1 for the same words, 0 for nothing in common")
    created_at: Moment

    @classmethod
    def of(cls, like: Like) -> Self:
        made = like.prompt.optimised
        return cls(
            id=like.prompt.id,
            text=like.prompt.text,
            english=made.draft.english if made and made.draft else "",
            likeness=round(like.likeness, 4),
            created_at=like.prompt.created_at,
        )


class SimilarPromptsOut(BaseModel):
    prompts: list[SimilarPrompt]
    compared_by: Comparison = Field(description="pgvector where it runs on this server, plain SQL elsewhere")
