"""Connected consumers, lent to one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer

from herofactory.platform.eventlog.kafka.client_log import logger
from herofactory.platform.eventlog.port import LogError


class Consumers:
    """`kept`: how many idle ones stay connected. A burst of threads opens more and closes them again."""

    def __init__(self, settings: Mapping[str, Any], kept: int) -> None:
        self._settings, self._kept = settings, kept
        self._idle: list[tuple[str, Consumer]] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def lent(self, group: str) -> Iterator[Consumer]:
        """One that knows itself as of `group`, which it never joins. One that failed is not used again."""
        consumer = self._take(group)
        try:
            consumer.poll(0)  # what it had to log while it was idle is said now, and does not pile up
            yield consumer
        except BaseException:
            consumer.close()
            raise
        for surplus in self._give_back(group, consumer):
            surplus.close()

    def close(self) -> None:
        """Those that are lent are closed by their borrowers."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for _, consumer in idle:
            consumer.close()

    def _take(self, group: str) -> Consumer:
        with self._lock:
            if self._closed:
                raise LogError("The event log is closed in this process.")
            for place in reversed(range(len(self._idle))):
                if self._idle[place][0] == group:
                    return self._idle.pop(place)[1]
        return Consumer({**self._settings, "group.id": group}, logger=logger)

    def _give_back(self, group: str, consumer: Consumer) -> list[Consumer]:
        """Returns those that are too many, the longest unused."""
        with self._lock:
            self._idle.append((group, consumer))
            surplus = len(self._idle) - (0 if self._closed else self._kept)
            over, self._idle = self._idle[: max(0, surplus)], self._idle[max(0, surplus) :]
        return [each for _, each in over]
