"""librdkafka's errors in the words of the port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError, KafkaException

from herofactory.platform.eventlog.port import LogError, LogUnavailable, RecordTooLarge, UnknownTopic

_UNKNOWN = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}
_TOO_LARGE = {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE}
# What passes by itself, also where librdkafka does not call it retriable because it has given up repeating it.
_PASSING = {
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._TRANSPORT,
    KafkaError._TIMED_OUT,
    KafkaError._TIMED_OUT_QUEUE,
    KafkaError._MSG_TIMED_OUT,
    KafkaError._RESOLVE,
    KafkaError._NOENT,  # of no partition a leader is known yet
    KafkaError._DESTROY_BROKER,
    KafkaError._PURGE_QUEUE,
    KafkaError._PURGE_INFLIGHT,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.OFFSET_NOT_AVAILABLE,
    KafkaError.NETWORK_EXCEPTION,
    KafkaError.BROKER_NOT_AVAILABLE,
    KafkaError.NOT_ENOUGH_REPLICAS,
    KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_COORDINATOR,
    KafkaError.KAFKA_STORAGE_ERROR,
}


def translated(error: KafkaError, doing: str) -> LogError:
    """The port's error for what went wrong while `doing` something."""
    code = error.code()
    if code in _UNKNOWN:
        return UnknownTopic(f"{doing}: the topic or partition does not exist in Kafka. Create it: `hero topics apply`.")
    if code in _TOO_LARGE:
        return RecordTooLarge(f"{doing}: Kafka refuses the record as too large ({error.str()}).")
    if code in _PASSING or error.retriable() or error.fatal():  # a fatal one is over with its producer
        return LogUnavailable(f"{doing}: Kafka does not answer ({error.str()}). It is tried again; check the brokers.")
    return LogError(f"{doing}: Kafka refused ({error.name()}: {error.str()}).")


@contextmanager
def translation(doing: str) -> Iterator[None]:
    """Raises what librdkafka raises as the port's errors."""
    try:
        yield
    except KafkaException as error:
        raise translated(error.args[0], doing) from error
