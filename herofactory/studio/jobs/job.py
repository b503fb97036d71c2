"""A job as its row says it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from herofactory.studio.jobs.request import GenerationRequest
from herofactory.studio.jobs.state import TERMINAL, Cause, State
from herofactory.studio.rendering.port import Backend

COLUMNS = """id, owner_id, prompt_id, sketch_id, request, seed, state, cause, detail, round, stage, percent,
    cancel_wanted, attempts, fence, leased_by, leased_until, not_before, backend, server, remote_id, resubmitted,
    deadline_at, created_at, started_at, finished_at"""


@dataclass(frozen=True, slots=True)
class Job:
    id: UUID
    owner_id: str
    prompt_id: UUID | None
    sketch_id: UUID | None
    request: GenerationRequest
    seed: int
    state: State
    cause: Cause | None
    """Of its end; of the last attempt while it waits for another one."""
    detail: str | None
    round: int
    stage: str | None
    percent: float
    cancel_wanted: bool
    attempts: int
    fence: int
    """Rises with every lease and every change of state but the last: what is done under an older one is void."""
    leased_by: str | None
    leased_until: datetime | None
    not_before: datetime | None
    backend: Backend | None
    server: str | None
    remote_id: str | None
    resubmitted: bool
    deadline_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def ended(self) -> bool:
        return self.state in TERMINAL

    @property
    def submission(self) -> int:
        """Counts how often the job was handed over anew; names the submission to the server."""
        return 2 * self.attempts + self.resubmitted

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Job:
        return cls(**{**row, "request": GenerationRequest.from_json(row["request"])})


@dataclass(frozen=True, slots=True)
class JobAsset:
    id: UUID
    kind: str
    """image, sprite or pixel."""
    name: str
    media_type: str
    width: int
    height: int
    credit: str | None
    """Whom to name beside it."""
