"""Replays as requests ask for them and answers show them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from herofactory.platform.replay.filter import parse
from herofactory.platform.replay.points import point_of, range_of
from herofactory.platform.replay.replay import Replay, State, Step
from herofactory.platform.replay.target import ReplayRefused


def _understood(read: Callable[[str], object]) -> AfterValidator:
    """A text that `read` takes, as it was sent."""

    def check(text: str) -> str:
        try:
            read(text)
        except ReplayRefused as refused:
            raise ValueError(str(refused)) from refused
        return text

    return AfterValidator(check)


_STORABLE = r"^[^\x00]*$"
"""PostgreSQL holds no text with a zero byte."""
Place = Annotated[str, Field(max_length=40, pattern=_STORABLE), _understood(point_of)]
Filter = Annotated[str, Field(max_length=2_000, pattern=_STORABLE), _understood(parse)]
Option = Annotated[str, Field(max_length=1_000, pattern=_STORABLE)]
TargetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,60}(:[a-z][a-z0-9-]{0,60})?$")]
MOST = 10**15
"""Calls or millionths of a dollar: more than there are, and no more than a column holds."""
SLOWEST = 0.001
"""Records per second."""
_LONG = ("differences", "moving_ids", "old_buckets", "new_buckets", "offsets", "differing_buckets")


class ReplayIn(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    target: TargetName = Field(examples=["search-index", "agent:listing"], description="What is made again")
    start: Place = Field("earliest", alias="from", description="`earliest`, an offset, or a time")
    end: Place = Field("latest", alias="to", description="`latest`, an offset, or a time; exclusive")
    filter: Filter | None = Field(None, description="Only records of which this is true")
    source: Literal["topics", "database"] = "topics"
    options: dict[Option, Option] = Field(default_factory=dict, max_length=20, description="Of the target")
    rate: float | None = Field(None, ge=SLOWEST, description="Most records per second")
    max_lag_s: float = Field(1.0, gt=0, le=3_600, description="It waits while a live agent is further behind")
    accept_gap: bool = Field(False, description="What retention has taken may be missing")
    max_calls: int = Field(0, ge=0, le=MOST, description="Budget: calls of external services without a stored result")
    max_micro_usd: int = Field(0, ge=0, le=MOST, description="Budget: their price, in millionths of a dollar")

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        try:
            range_of(self.start, self.end)
        except ReplayRefused as refused:
            raise ValueError(str(refused)) from refused
        return self

    def asked(self) -> dict[str, Any]:
        """As the worker's child plans it."""
        return self.model_dump(mode="json")


class ReplayOut(BaseModel):
    id: UUID
    target: str
    generation: int | None = Field(description="That it fills; null until it is planned")
    state: State
    wanted: Step | None = Field(description="A step that is asked for, and not done yet")
    cause: str | None = Field(description="Why it failed, is refused or differs, or why a step was not taken")
    done: int = Field(description="Records dealt with")
    total: int = Field(description="Records in all, by its plan")
    plan: dict[str, Any] = Field(description="What it reads and does; until it is planned, what was asked for")
    verification: dict[str, Any] | None = Field(description="What the last comparison found")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, replay: Replay) -> ReplayOut:
        return cls(
            id=replay.id,
            target=replay.target,
            generation=replay.generation or None,
            state=replay.state,
            wanted=replay.wanted,
            cause=replay.cause,
            done=replay.done,
            total=replay.total,
            plan=dict(replay.plan),
            verification=None if replay.verification is None else dict(replay.verification),
            created_at=replay.created_at,
            updated_at=replay.updated_at,
        )

    @classmethod
    def brief(cls, replay: Replay) -> ReplayOut:
        """Without what is long."""
        found = cls.of(replay)
        if found.verification is not None:
            found.verification = {name: value for name, value in found.verification.items() if name not in _LONG}
        return found


class ReplayList(BaseModel):
    items: list[ReplayOut]
    next_cursor: None = Field(None, description="All of them fit on a page")
