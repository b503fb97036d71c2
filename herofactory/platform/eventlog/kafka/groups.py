"""What consumer groups have committed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from herofactory.platform.eventlog.kafka.consumers import Consumers
from herofactory.platform.eventlog.kafka.errors import translated, translation
from herofactory.platform.eventlog.kafka.topics import TIMEOUT_S
from herofactory.platform.eventlog.port import GroupBusy, LogError

_KEPT = 16
"""Consumers kept connected, one a group: as many groups as an installation has."""
_SETTINGS: Mapping[str, Any] = {"enable.auto.commit": False, "enable.auto.offset.store": False}
# What a group with members answers to somebody who is none.
_BUSY = {
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.NON_EMPTY_GROUP,
    KafkaError.FENCED_MEMBER_EPOCH,
    KafkaError.STALE_MEMBER_EPOCH,
}
_UNKNOWN = {KafkaError.GROUP_ID_NOT_FOUND}


class Groups:
    """Asks as a consumer of the group, without joining it.

    librdkafka's admin client has a call for it that asks for many groups at once. It crashes the whole process when the
    connection to the coordinator is lost, or the coordinator moves, while it waits (2.4 to 2.16: a response is handled
    with what was freed, or with a group handle that a producer does not have).
    """

    def __init__(self, admin: AdminClient, settings: Mapping[str, Any]) -> None:
        self._admin = admin
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

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Raises GroupBusy: the coordinator takes it from outside only while nobody is inside."""
        doing = f"Committing offsets of group {group!r}"
        asked = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
        if not asked:
            return
        with _translation(doing), self._consumers.lent(group) as consumer:
            for place in consumer.commit(offsets=asked, asynchronous=False):
                if place.error is not None:
                    raise KafkaException(place.error)

    def members(self, group: str) -> int:
        asked = self._admin.describe_consumer_groups([group], request_timeout=TIMEOUT_S)
        try:
            return len(asked[group].result().members)
        except KafkaException as error:
            if error.args[0].code() in _UNKNOWN:
                return 0
            raise translated(error.args[0], f"Asking for the members of group {group!r}") from error

    def forget(self, group: str) -> None:
        """Raises GroupBusy."""
        asked = self._admin.delete_consumer_groups([group], request_timeout=TIMEOUT_S)
        try:
            asked[group].result()
        except KafkaException as error:
            if error.args[0].code() not in _UNKNOWN:
                raise _translated(error.args[0], f"Forgetting group {group!r}") from error

    def close(self) -> None:
        self._consumers.close()


def _translated(error: KafkaError, doing: str) -> LogError:
    if error.code() in _BUSY:
        return GroupBusy(
            f"{doing}: it has live members ({error.name()}), which would commit their own offsets over what is asked "
            "for. Stop the workers that read under it first."
        )
    return translated(error, doing)


@contextmanager
def _translation(doing: str) -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        raise _translated(error.args[0], doing) from error
