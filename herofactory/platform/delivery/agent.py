"""What an agent is: a name, the topics it reads, and a handler."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from herofactory.platform.delivery.dead_letter import DEAD_PREFIX
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.errors import Classifier, classify
from herofactory.platform.delivery.limit import DlqLimit
from herofactory.platform.delivery.redriven import RETRY_PREFIX
from herofactory.platform.delivery.replayable import Replayable
from herofactory.platform.delivery.retry import RetryPolicy
from herofactory.platform.records import Outgoing, Record

Handler = Callable[[Delivery], Awaitable[Sequence[Outgoing]]]
"""From one event to the events it causes, after its effect is stored. May be called again for the same event."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery of a batch (Debezium's DDD-61)."""

    kind: Literal["ok", "transient", "record", "fatal"]
    cause: str = ""
    outputs: Sequence[Outgoing] = ()

    @classmethod
    def ok(cls, *outputs: Outgoing) -> Outcome:
        return cls("ok", outputs=outputs) if outputs else OK

    @classmethod
    def transient(cls, cause: str) -> Outcome:
        """An outage: tried again, with everything of the same key that came after it."""
        return cls("transient", cause)

    @classmethod
    def record(cls, cause: str) -> Outcome:
        """Poison: this record alone becomes a dead letter."""
        return cls("record", cause)

    @classmethod
    def fatal(cls, cause: str) -> Outcome:
        """The agent halts. Use it for every answer you do not know."""
        return cls("fatal", cause)


OK = Outcome("ok")
"""Stored, and nothing to be written: what becomes of nearly every delivery of a batch."""
BatchHandler = Callable[[Sequence[Any]], Awaitable[Sequence[Outcome]]]
"""For sinks: one outcome per Delivery (or what `Agent.read` makes of a record), in the same order. `Agent.chunks`
batches are in flight at a time; one may hold several deliveries of one key, in order: a sink writes the last."""
Read = Callable[[Record], Any]
"""Raises Undecodable or ValueError for a record that is none of its topic: that one alone becomes a dead letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Exactly one of `handle` and `handle_batch`."""

    name: str
    sources: tuple[str, ...]
    """Topic names. Order is kept per key and topic, not across topics: revisions guard that."""
    handle: Handler | None = None
    handle_batch: BatchHandler | None = None
    parallelism: int = 8
    """Most keys in work at once (of `handle`)."""
    chunks: int = 1
    """Most chunks, each of another partition, in work at once (of `handle_batch`)."""
    records: int | None = None
    """Most records of a chunk where it wants more than the transport's setting: a transaction per chunk costs the same
    whatever it holds. A chunk never waits to become full."""
    rest_s: float = 0.0
    """After a chunk of far fewer than `records` that no other one waits behind, seconds until the partition's next one:
    where events trickle in, what comes meanwhile makes one transaction. For agents that nobody waits for."""
    timeout_s: float = 120.0
    """Seconds one call of the handler may take; beyond that it is an outage. Nothing may hang unseen."""
    ordered: bool = False
    """Later events of a key that has a dead letter are parked behind it. Needs `handle` and a ParkedKeys store."""
    retry: RetryPolicy = field(default=RetryPolicy())
    limit: DlqLimit = field(default=DlqLimit())
    classify: Classifier = classify
    read: Read | None = None
    """What `handle_batch` gets of a record instead of a Delivery, where making one takes longer than handling it."""
    generation: int = 1
    """Of what it makes. Beside the first, others are made by replays: each follows its topics under a group of its own.
    Their dead letters share a topic; each gets back what it set aside itself."""
    redrivable: bool = True
    """False: it reads no `retry_topic`, so what it set aside cannot be given back to it."""
    series: str = ""
    """Tells generations of this agent alone from those of a target that it makes: both count from 2."""
    replay: Replayable | None = None
    """None: never replayed, and a comment where it is made says why."""
    tells_itself: bool = False
    """Its handler knows, in the moment of its effect, whether its generation is in use, and returns outputs only then:
    nobody who looks sooner or later is to keep them back."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", self.name):
            raise ValueError(f"agent name {self.name!r}: lower-case letters, digits and '-' only (it names a topic)")
        if not self.sources:
            raise ValueError(f"agent {self.name} has no sources")
        if (self.handle is None) == (self.handle_batch is None):
            raise ValueError(f"agent {self.name} needs exactly one of handle and handle_batch")
        if self.ordered and self.handle is None:
            raise ValueError(f"agent {self.name}: ordered and handle_batch exclude each other (use revisions)")
        if self.read is not None and self.handle_batch is None:
            raise ValueError(f"agent {self.name}: only handle_batch takes what `read` makes")
        if self.chunks < 1 or (self.records is not None and self.records < 1):
            raise ValueError(f"agent {self.name}: needs {self.chunks=} and {self.records=} >= 1")
        if self.rest_s < 0 or (self.rest_s and self.records is None):
            raise ValueError(f"agent {self.name}: {self.rest_s=} needs to be >= 0, and says nothing without `records`")
        if self.parallelism < 1 or self.timeout_s <= 0:
            raise ValueError(f"agent {self.name}: needs {self.parallelism=} >= 1 and {self.timeout_s=} > 0")

    @property
    def label(self) -> str:
        """Names this one among all: its consumer group, its health, its metrics."""
        return self.name if self.generation == 1 else f"{self.name}{self.series}.g{self.generation}"

    @property
    def dead_topic(self) -> str:
        return DEAD_PREFIX + self.name

    @property
    def retry_topic(self) -> str:
        """Its dead letters on their way back to it alone; every generation reads them, and takes its own."""
        return RETRY_PREFIX + self.name

    @property
    def topics(self) -> tuple[str, ...]:
        """All that it reads."""
        return (*self.sources, self.retry_topic) if self.redrivable else self.sources
