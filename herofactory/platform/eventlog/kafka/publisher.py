"""Writing: every message's delivery report is waited for."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from herofactory.platform.eventlog.kafka.client_log import logger
from herofactory.platform.eventlog.kafka.errors import translated
from herofactory.platform.eventlog.kafka.topics import MAX_RECORD_BYTES
from herofactory.platform.eventlog.port import LogError, Position, RecordTooLarge
from herofactory.platform.records import Outgoing

DELIVERY_TIMEOUT_S = 30.0
"""After that without an answer a message counts as not delivered, though it may have been."""
_POLL_S = 0.2
_FULL_WAIT_S = 0.02

_SETTINGS: Mapping[str, Any] = {
    # Acked by all replicas in sync, in order, without duplicates from the client's own repetitions.
    "enable.idempotence": True,
    "partitioner": "murmur2_random",  # as Java's and Faust's clients
    "linger.ms": 1,
    "delivery.timeout.ms": int(DELIVERY_TIMEOUT_S * 1000),
    "message.max.bytes": MAX_RECORD_BYTES + 64 * 1024,
}


class Publisher:
    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = {**_SETTINGS, **settings}
        self._writer = _Writer(self._settings)
        self._lock = threading.Lock()
        self._closed = False

    def publish(self, messages: Sequence[Outgoing]) -> Sequence[Position]:
        """All of them, or the port's error for the first that failed."""
        for message in messages:
            _refuse_large(message)
        batch, writer = _Batch(messages), self._enter()
        try:
            writer.write(messages, batch)
        finally:
            writer.leave()
        if batch.is_fatal:
            self._renew(writer)
        return batch.positions()

    def close(self) -> None:
        """Waits for every call under way: `DELIVERY_TIMEOUT_S` at most."""
        with self._lock:
            self._closed = True
        self._writer.end()

    def _enter(self) -> _Writer:
        with self._lock:
            if self._closed:
                raise LogError("The event log is closed in this process.")
            self._writer.enter()
            return self._writer

    def _renew(self, failed: _Writer) -> None:
        """After a fatal error (sequence numbers the brokers know nothing of) a producer never works again."""
        with self._lock:
            if self._closed or self._writer is not failed:
                return
            self._writer = _Writer(self._settings)
        failed.end()


class _Writer:
    """A producer and the thread that takes its delivery reports, which stays until every call has its own."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._producer = Producer(settings, logger=logger)
        self._calls = 0
        self._change = threading.Condition()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="kafka-delivery-reports", daemon=True)
        self._thread.start()

    def enter(self) -> None:
        with self._change:
            self._calls += 1

    def leave(self) -> None:
        with self._change:
            self._calls -= 1
            self._change.notify_all()

    def end(self) -> None:
        """Once all who entered have left. Safe to repeat."""
        with self._change:
            self._change.wait_for(lambda: self._calls == 0)
        self._ended.set()
        self._thread.join()

    def write(self, messages: Sequence[Outgoing], batch: _Batch) -> None:
        """Returns when `batch` knows what became of each."""
        for index, message in enumerate(messages):
            self._produce(message, batch, index)
        batch.wait()

    def _produce(self, message: Outgoing, batch: _Batch, index: int) -> None:
        while True:
            try:
                self._producer.produce(
                    message.topic,
                    message.value,
                    message.key,
                    on_delivery=partial(batch.report, index),
                    headers=list(message.headers.items()),
                )
            except BufferError:  # librdkafka's queue is full: the reports make room
                self._ended.wait(_FULL_WAIT_S)
                continue
            except KafkaException as error:
                batch.report(index, error.args[0], None)
            return

    def _serve(self) -> None:
        while not self._ended.is_set():
            # A fatal error is raised here too; what it means for a message stands in the message's own report.
            with suppress(KafkaException):
                self._producer.poll(_POLL_S)


class _Batch:
    """The messages of one `publish` and what became of each."""

    def __init__(self, messages: Sequence[Outgoing]) -> None:
        self._messages = messages
        self._positions: list[Position | None] = [None] * len(messages)
        self._open = len(messages)
        self._errors: dict[int, KafkaError] = {}
        self._lock = threading.Lock()
        self._done = threading.Event()

    def report(self, index: int, error: KafkaError | None, message: Message | None) -> None:
        """From librdkafka, in the thread of delivery reports. A tombstone's message is falsy: never test its truth."""
        with self._lock:
            if error is not None:
                self._errors[index] = error
            elif message is not None:
                self._positions[index] = Position(message.topic(), message.partition(), message.offset())
            self._open -= 1
            if self._open == 0:
                self._done.set()

    def wait(self) -> None:
        if self._messages:
            self._done.wait()

    @property
    def is_fatal(self) -> bool:
        return any(error.fatal() for error in self._errors.values())

    def positions(self) -> Sequence[Position]:
        """Raises the port's error for the first message that failed."""
        if self._errors:
            first = min(self._errors)
            raise translated(self._errors[first], f"Writing to topic {self._messages[first].topic!r}")
        return [position for position in self._positions if position is not None]


def _refuse_large(message: Outgoing) -> None:
    size = len(message.key or b"") + len(message.value or b"")
    size += sum(len(name) + len(value) for name, value in message.headers.items())
    if size > MAX_RECORD_BYTES:
        raise RecordTooLarge(
            f"A record for topic {message.topic!r} has {size:,} bytes; at most {MAX_RECORD_BYTES:,} are taken."
        )
