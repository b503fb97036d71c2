"""The one table of topics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

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


def dead_letters_of(agent: str) -> str:
    return f"dead.{agent}"


def _dead(agent: str) -> Topic:
    return Topic(
        dead_letters_of(agent), "as the source", "bytes", f"runtime of {agent}", partitions=1, retention_s=90 * DAY_S
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
        _dead("moderation"),
        _dead("listing"),
        _dead("indexing"),
    )
}


def configs(topics: Iterable[Topic] | None = None) -> list[TopicConfig]:
    return [topic.config() for topic in (TOPICS.values() if topics is None else topics)]
