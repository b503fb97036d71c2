"""What consumer groups have committed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from confluent_kafka import TopicPartition

from herofactory.platform.eventlog.kafka.consumers import Consumers
from herofactory.platform.eventlog.kafka.errors import translated, translation
from herofactory.platform.eventlog.kafka.topics import TIMEOUT_S

_KEPT = 16
"""Consumers kept connected, one a group: as many groups as an installation has."""
_SETTINGS: Mapping[str, Any] = {"enable.auto.commit": False, "enable.auto.offset.store": False}


class Groups:
    """Asks as a consumer of the group, without joining it.

    librdkafka's admin client has a call for it that asks for many groups at once. It crashes the whole process when the
    connection to the coordinator is lost, or the coordinator moves, while it waits (2.4 to 2.16: a response is handled
    with what was freed, or with a group handle that a producer does not have).
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._consumers = Consumers({**_SETTINGS, **settings}, _KEPT)

    def committed(self, group: str, topic: str, partitions: int) -> Mapping[int, int]:
        """Next offset to read, for each of the first `partitions` that has one."""
        doing = f"Asking for the offsets of group {group!r}"
        asked = [TopicPartition(topic, partition) for partition in range(partitions)]
        with translation(doing), self._consumers.lent(group) as consumer:
            found = consumer.committed(asked, TIMEOUT_S)
            for place in found:
                if place.error is not None:
                    raise translated(place.error, doing)
        return {place.partition: place.offset for place in found if place.offset >= 0}

    def close(self) -> None:
        self._consumers.close()
