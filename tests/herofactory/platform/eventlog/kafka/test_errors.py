from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException

from herofactory.platform.delivery.errors import classify
from herofactory.platform.eventlog.kafka.errors import translated, translation
from herofactory.platform.eventlog.port import LogError, LogUnavailable, RecordTooLarge, UnknownTopic


@pytest.mark.parametrize(
    ("code", "expected", "trouble"),
    [
        (KafkaError.UNKNOWN_TOPIC_OR_PART, UnknownTopic, "fatal"),
        (KafkaError._UNKNOWN_TOPIC, UnknownTopic, "fatal"),
        (KafkaError.MSG_SIZE_TOO_LARGE, RecordTooLarge, "poison"),
        (KafkaError._MSG_TIMED_OUT, LogUnavailable, "outage"),
        (KafkaError._ALL_BROKERS_DOWN, LogUnavailable, "outage"),
        (KafkaError.NOT_ENOUGH_REPLICAS, LogUnavailable, "outage"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, LogError, "fatal"),
    ],
)
def test_librdkafkas_errors_are_the_ports(code: int, expected: type[LogError], trouble: str) -> None:
    found = translated(KafkaError(code), "Writing")
    assert type(found) is expected
    assert str(found).startswith("Writing: ")
    assert classify(found) == trouble


def test_what_is_raised_inside_leaves_as_the_ports_error() -> None:
    with pytest.raises(LogUnavailable, match="Asking: Kafka does not answer"), translation("Asking"):
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))
