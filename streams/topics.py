"""The one table of topics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from herofactory.platform.delivery.dead_letter import DEAD_PREFIX
from herofactory.platform.delivery.redriven import RETRY_PREFIX
from herofactory.platform.eventlog.port import TopicConfig

DAY_S = 86_400.0
Values = Literal["avro", "json", "bytes"]


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    key: str
    """What the record's key is."""
    values: Values
    """avro: framed, schema in schemas/avro. json: as it is. bytes: another topic's value, unchanged."""
    owner: str
    """Who alone writes it."""
    partitions: int = 4
    retention_s: float | None = 30 * DAY_S
    compacted: bool = False

    def config(self) -> TopicConfig:
        return TopicConfig(self.name, self.partitions, self.retention_s, self.compacted)


ITEM_CREATED = "item.created"
ITEM_UPDATED = "item.updated"
ITEM_MODERATED = "item.moderated"
ITEM_MIRRORED = "item.mirrored"
ITEM_VIEWED = "item.viewed"
SEARCH_QUERY = "search.query"
SEARCH_CLICKED = "search.clicked"
SEARCH_MISSING = "search.missing"
SEARCH_ANSWERED = "search.answered"
QUALITY_CHECKED = "quality.checked"
REPLAY_CHANGED = "replay.changed"
ACCESS_LOG = "access.log"
PROMPT_REQUESTED = "prompt.requested"
PROMPT_OPTIMISED = "prompt.optimised"
GENERATION_REQUESTED = "generation.requested"
GENERATION_PROGRESSED = "generation.progressed"
GENERATION_COMPLETED = "generation.completed"
GENERATION_FAILED = "generation.failed"
GENERATION_CANCELLED = "generation.cancelled"
OBSERVED_S = 95 * DAY_S
"""How long what people looked for and at is kept: the longest range of figures is 90 days."""


def dead_letters_of(agent: str) -> str:
    return DEAD_PREFIX + agent


def _dead(agent: str) -> Topic:
    return Topic(
        dead_letters_of(agent), "as the source", "bytes", f"runtime of {agent}", partitions=1, retention_s=OBSERVED_S
    )


def retries_of(agent: str) -> str:
    return RETRY_PREFIX + agent


def _set_aside(agent: str) -> Sequence[Topic]:
    """Its dead letters, and those on their way back to it. One partition each: they are few."""
    retries = Topic(retries_of(agent), "as the source", "bytes", "redrives", partitions=1, retention_s=OBSERVED_S)
    return _dead(agent), retries


AGENTS = (
    "moderation",
    "listing",
    "indexing",
    "insights",
    "traffic",
    "answers",
    "similarity",
    "prompts",
    "bridge",
    "generation-figures",
)
TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic(ITEM_CREATED, "item id", "avro", "catalog, through the outbox"),
        Topic(ITEM_UPDATED, "item id", "avro", "catalog, through the outbox"),
        Topic(ITEM_MODERATED, "item id", "avro", "moderation agent; a moderator's decision through the outbox"),
        Topic(
            ITEM_MIRRORED, "item id", "json", "trigger on items, through the outbox", retention_s=None, compacted=True
        ),
        Topic(ITEM_VIEWED, "item id", "avro", "API", retention_s=OBSERVED_S),
        Topic(SEARCH_QUERY, "session", "avro", "API", retention_s=OBSERVED_S),
        Topic(SEARCH_CLICKED, "session", "avro", "API", retention_s=OBSERVED_S),
        Topic(SEARCH_MISSING, "folded term", "avro", "keeper of missing terms, through the outbox", partitions=1),
        Topic(SEARCH_ANSWERED, "folded term", "avro", "answers agent, through the outbox", partitions=1),
        Topic(QUALITY_CHECKED, "suite", "avro", "quality runs, through the outbox", partitions=1),
        Topic(REPLAY_CHANGED, "replay id", "avro", "replays, through the outbox", partitions=1),
        Topic(ACCESS_LOG, "none", "json", "Filebeat and Logstash, or the tailer", retention_s=OBSERVED_S),
        Topic(PROMPT_REQUESTED, "prompt id", "avro", "studio, through the outbox"),
        Topic(PROMPT_OPTIMISED, "prompt id", "avro", "prompts agent, through the outbox"),
        Topic(GENERATION_REQUESTED, "job id", "avro", "studio, through the outbox", retention_s=OBSERVED_S),
        Topic(GENERATION_PROGRESSED, "job id", "avro", "bridge, best effort", retention_s=7 * DAY_S),
        Topic(GENERATION_COMPLETED, "job id", "avro", "bridge, through the outbox", retention_s=OBSERVED_S),
        Topic(GENERATION_FAILED, "job id", "avro", "bridge and sweeper, through the outbox", retention_s=OBSERVED_S),
        Topic(GENERATION_CANCELLED, "job id", "avro", "studio, through the outbox", retention_s=OBSERVED_S),
        *(topic for agent in AGENTS for topic in _set_aside(agent)),
    )
}


def configs(topics: Iterable[Topic] | None = None) -> list[TopicConfig]:
    return [topic.config() for topic in (TOPICS.values() if topics is None else topics)]
