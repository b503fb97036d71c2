"""`hero-kafka:///?servers=host:9092,host:9092&chunk=500&in_flight=3&fetch_wait_ms=100`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from faust.exceptions import ImproperlyConfigured
from faust.transport.drivers import aiokafka as driver
from faust.types.enums import ProcessingGuarantee
from yarl import URL

from herofactory.platform.eventlog.kafka import KafkaLog
from streams.kafka.consumer import Consumer
from streams.kafka.credentials import librdkafka_of
from streams.kafka.producer import Producer

SCHEME = "hero-kafka"


class Transport(driver.Transport):  # type: ignore[misc]  # Faust ships no usable types
    """Faust's own aiokafka driver with another consumer. Settings come with the URL:

    `servers`: where to find the cluster, comma-separated `host:port`.
    `chunk`: most records in one message, 500. 0: one message per record.
    `in_flight`: chunks of one partition that wait for their ack, 3.
    `fetch_wait_ms`: how long a broker may wait for news before it answers a fetch that finds none, 100. A partition
    that was held back waits at most so long for its turn (Faust's driver has 1500 and no way to change it).

    Messages, acks and commits are those of the embedded transport.
    """

    Consumer: ClassVar[Any] = Consumer
    Producer: ClassVar[Any] = Producer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.app.conf.processing_guarantee != ProcessingGuarantee.AT_LEAST_ONCE:
            raise ImproperlyConfigured(
                f"app {self.app.conf.id!r} sets processing_guarantee=exactly_once, which lost and repeated events when "
                "it was tried: leave it at at_least_once and make effects idempotent (event id, revision)."
            )
        query = self.url[0].query
        self.servers: list[str] = query["servers"].split(",")
        self.chunk = int(query.get("chunk", "500"))
        self.in_flight = int(query.get("in_flight", "3"))
        self.fetch_wait_ms = int(query.get("fetch_wait_ms", "100"))

    def check(self, topics: Iterable[str]) -> None:
        """Raises UnknownTopic, and LogUnavailable: better before the start than as a crash after it."""
        log = KafkaLog(",".join(self.servers), options=librdkafka_of(self.app.conf.broker_credentials))
        try:
            for topic in topics:
                log.offsets(topic)
        finally:
            log.close()

    def close(self) -> None:
        """Consumer and producer close their own connections."""


def broker_url(servers: str, **settings: object) -> URL:
    """What `faust.App(broker=...)` takes for the cluster at `servers`, comma-separated `host:port`."""
    query = {"servers": servers, **{key: str(value) for key, value in settings.items()}}
    return URL.build(scheme=SCHEME, path="/", query=query)
