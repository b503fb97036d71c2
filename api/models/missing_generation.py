"""What comes of a missing term."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from api.models.generation import GenerationOut


class MissingGenerationOut(BaseModel):
    prompt_id: UUID = Field(description="A prompt of the term's ready-made text; the generation does not wait for it")
    generation: GenerationOut
