"""aiokafka's errors in the words of the event log port, which is what the runtime tells troubles apart by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors

from herofactory.platform.eventlog.port import LogError, LogUnavailable, RecordTooLarge, UnknownTopic

_TOO_LARGE = (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError)
# aiokafka does not call these retriable, as it has given up repeating them; they pass all the same.
_PASSING = (errors.KafkaTimeoutError, errors.KafkaUnavailableError, errors.RequestTimedOutError)


def translated(error: BaseException, doing: str) -> BaseException:
    """The port's error for what went wrong while `doing` something; what is not Kafka's stays as it is."""
    if isinstance(error, errors.UnknownTopicOrPartitionError):
        return UnknownTopic(f"{doing}: the topic does not exist in Kafka. Create it: `hero topics apply`.")
    if isinstance(error, _TOO_LARGE):
        return RecordTooLarge(f"{doing}: Kafka refuses the record as too large ({error}).")
    if isinstance(error, _PASSING) or (isinstance(error, errors.KafkaError) and error.retriable):
        return LogUnavailable(f"{doing}: Kafka does not answer ({error!r}). It is tried again; check the brokers.")
    if isinstance(error, errors.KafkaError):
        return LogError(f"{doing}: Kafka refused ({error!r}).")
    if isinstance(error, TimeoutError):
        return LogUnavailable(f"{doing}: no answer from Kafka in time. It is tried again; check the brokers.")
    return error


@contextmanager
def translation(doing: str) -> Iterator[None]:
    try:
        yield
    except (errors.KafkaError, TimeoutError) as error:
        raise translated(error, doing) from error
