from __future__ import annotations

import pytest
from aiokafka import errors

from herofactory.platform.delivery.errors import classify
from herofactory.platform.eventlog.port import LogError, LogUnavailable, RecordTooLarge, UnknownTopic
from streams.kafka.errors import translated, translation


@pytest.mark.parametrize(
    ("error", "expected", "trouble"),
    [
        (errors.UnknownTopicOrPartitionError(), UnknownTopic, "fatal"),
        (errors.MessageSizeTooLargeError(), RecordTooLarge, "poison"),
        (errors.KafkaTimeoutError(), LogUnavailable, "outage"),
        (errors.KafkaConnectionError(), LogUnavailable, "outage"),
        (errors.NotEnoughReplicasError(), LogUnavailable, "outage"),
        (errors.TopicAuthorizationFailedError("t"), LogError, "fatal"),
        (TimeoutError(), LogUnavailable, "outage"),
    ],
)
def test_kafkas_errors_are_the_ports(error: BaseException, expected: type[LogError], trouble: str) -> None:
    found = translated(error, "Writing")
    assert type(found) is expected
    assert str(found).startswith("Writing: ")
    assert classify(found) == trouble


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError), translation("Reading"):
        _ = 1 / 0
