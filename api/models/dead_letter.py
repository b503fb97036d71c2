"""Dead letters as administrators see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from herofactory.platform.delivery.letters import Letter, LetterFilter, Redrove

IDS_MAX = 1_000
REDRIVE_MOST = 10_000
"""Letters in one request: half a minute at the worst."""
Class = Literal["decode", "process", "produce", "parked"]
State = Literal["open", "redriven", "dropped"]
StateOrAll = Literal["open", "redriven", "dropped", "all"]
Id = Annotated[str, StringConstraints(max_length=300)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class DeadLetterOut(BaseModel):
    id: str = Field(description="AGENT:TOPIC:PARTITION:OFFSET of the event that was set aside")
    agent: str
    class_: Class = Field(
        serialization_alias="class",
        description="decode: no event. process: the agent refused it. produce: its outputs could not be written. "
        "parked: waits behind an earlier one of its key. An outage is never here.",
    )
    cause: str
    message: str
    topic: str
    partition: int
    offset: int
    key: str | None
    event_id: str | None
    attempts: int = Field(description="Of all redrives together")
    state: State = Field(description="redriven: given back to its agent; open again if it fails there")
    redriven: int
    first_at: datetime
    at: datetime = Field(description="When it failed last")
    reason: str | None = Field(description="Why it was dropped")
    decided_by: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, letter: Letter, **more: Any) -> DeadLetterOut:
        return cls(
            id=letter.name,
            agent=letter.agent,
            class_=letter.kind,
            cause=letter.cause,
            message=letter.message,
            topic=letter.topic,
            partition=letter.partition,
            offset=letter.offset,
            key=None if letter.key is None else letter.key.decode(errors="replace"),
            event_id=letter.event_id,
            attempts=letter.attempts,
            state=letter.state,
            redriven=letter.redriven,
            first_at=letter.first_at,
            at=letter.at,
            reason=letter.reason,
            decided_by=letter.decided_by,
            decided_at=letter.decided_at,
            **more,
        )


class DeadLetterWhole(DeadLetterOut):
    headers: dict[str, str] | None = Field(description="The original's; null where retention took the record")
    value: str | None = Field(description="The original's bytes, base64")


class DeadLetters(BaseModel):
    items: list[DeadLetterOut]
    next_cursor: str | None


class Chosen(BaseModel):
    """Which letters: all that is given has to hold. At least one of these, or `all`."""

    model_config = ConfigDict(extra="forbid")  # a filter that is misspelt must not mean all letters

    ids: Annotated[list[Id], Field(max_length=IDS_MAX)] = []
    agent: str | None = None
    class_: Class | None = Field(None, validation_alias="class")
    cause: str | None = None
    key: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    all: bool = False

    def wanted(self) -> LetterFilter:
        """Raises ValueError for what is no id."""
        found = LetterFilter(
            agent=self.agent,
            kind=self.class_,
            cause=self.cause,
            key=self.key,
            since=self.since,
            until=self.until,
            names=tuple(self.ids),
        )
        found.where()
        return found


class RedriveIn(Chosen):
    force: bool = Field(False, description="Also what was redriven too often already")
    limit: int = Field(1_000, ge=1, le=REDRIVE_MOST, description="Ask again while `left` is not 0")


class DropIn(Chosen):
    reason: Reason


class RedroveOut(BaseModel):
    sent: int
    refused: int = Field(description="Redriven too often, or behind such a one")
    foreign: int = Field(description="No agent wrote them, or theirs takes nothing back: they can only be dropped")
    gone: int = Field(description="Retention took them")
    left: int = Field(description="Open letters that `limit` left for the next request")

    @classmethod
    def of(cls, done: Redrove, still: int) -> RedroveOut:
        left = max(0, still - done.refused - done.foreign - done.gone)
        return cls(sent=done.sent, refused=done.refused, foreign=done.foreign, gone=done.gone, left=left)


class DroppedOut(BaseModel):
    dropped: int
