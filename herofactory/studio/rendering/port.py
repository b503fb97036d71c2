"""What a renderer is asked and what it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from herofactory.studio.jobs.request import GenerationRequest
from herofactory.studio.jobs.state import TRANSIENT, Cause
from herofactory.studio.presets.preset import Preset

Backend = Literal["comfyui", "preview"]
Report = Callable[[str, float, bytes | None], None]
"""stage, percent 0..100 that never falls, and maybe a small preview (PNG or JPEG)."""


@dataclass(frozen=True, slots=True)
class RenderTask:
    job_id: UUID
    request: GenerationRequest
    preset: Preset
    sketch: bytes | None
    """PNG, 1024x1024, white lines on black; None: from words alone."""


@dataclass(frozen=True, slots=True)
class RawImage:
    """A picture as the renderer made it, before anything is cut out or made of pixels."""

    png: bytes
    seed: int
    credit: str | None = None
    """Whom to name where a shape of the catalogue was used."""


class RenderError(Exception):
    def __init__(self, cause: Cause, detail: str) -> None:
        """`detail` is shown to the owner: no server paths, no dumps."""
        super().__init__(f"{cause}: {detail}")
        self.cause = cause
        self.detail = detail

    @property
    def transient(self) -> bool:
        return self.cause in TRANSIENT
