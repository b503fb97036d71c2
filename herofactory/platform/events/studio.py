"""Events of prompts and generations. Field meanings stand in `schemas/avro/{prompt,generation}.*.avsc`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from herofactory.platform.events.base import Event, event


@dataclass(frozen=True, slots=True)
class OfPrompt(Event):
    prompt_id: str

    @property
    def key(self) -> str:
        return self.prompt_id


@dataclass(frozen=True, slots=True)
class Keyword:
    category: str
    korean: str
    english: str


@event("prompt.requested")
@dataclass(frozen=True, slots=True)
class PromptRequested(OfPrompt):
    owner_id: str
    text: str
    sketch_id: str | None = None
    preset: str | None = None


@event("prompt.optimised")
@dataclass(frozen=True, slots=True)
class PromptOptimised(OfPrompt):
    owner_id: str
    state: Literal["done", "failed"]
    cause: str | None = None
    language: str = ""
    english: str = ""
    negative: str = ""
    keywords: tuple[Keyword, ...] = ()
    untranslated: tuple[str, ...] = ()
    provider: str = ""


@dataclass(frozen=True, slots=True)
class OfJob(Event):
    job_id: str

    @property
    def key(self) -> str:
        return self.job_id


@event("generation.requested")
@dataclass(frozen=True, slots=True)
class GenerationRequested(OfJob):
    owner_id: str
    preset: str
    seed: int
    variations: int
    sketch_id: str | None = None
    prompt_id: str | None = None


@event("generation.progressed")
@dataclass(frozen=True, slots=True)
class GenerationProgressed(OfJob):
    stage: str
    percent: float
    backend: str


@event("generation.completed")
@dataclass(frozen=True, slots=True)
class GenerationCompleted(OfJob):
    owner_id: str
    backend: str
    preset: str
    seed: int
    assets: tuple[str, ...]
    queued_ms: float
    ran_ms: float


@event("generation.failed")
@dataclass(frozen=True, slots=True)
class GenerationFailed(OfJob):
    owner_id: str
    cause: str
    attempts: int


@event("generation.cancelled")
@dataclass(frozen=True, slots=True)
class GenerationCancelled(OfJob):
    owner_id: str
