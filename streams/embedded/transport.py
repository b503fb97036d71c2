"""`embedded:///folder?sync=full&chunk=500&in_flight=3`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

from faust.exceptions import ImproperlyConfigured
from faust.transport import base
from faust.types.enums import ProcessingGuarantee
from yarl import URL

from herofactory.platform.eventlog.embedded import EmbeddedLog
from streams.embedded import shared
from streams.embedded.consumer import Consumer
from streams.embedded.producer import Producer


class Transport(base.Transport):  # type: ignore[misc]  # Faust ships no usable types
    """Settings come with the URL:

    `sync`: full (default; nothing accepted is lost on a power cut) or normal.
    `chunk`: most records in one message, 500. 0: one message per record, as on any other transport.
    `in_flight`: chunks of one partition that wait for their ack, 3. An agent that holds more acks back waits for ever.

    A message of a source topic has as value the list of its records (`herofactory.platform.records.Record`) and as
    offset the last one's; its ack acks them all. Topics that Faust makes for itself (changelog, repartition, leader,
    reply) have plain messages.
    """

    Consumer: ClassVar[Any] = Consumer
    Producer: ClassVar[Any] = Producer
    driver_version = "embedded"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.app.conf.processing_guarantee != ProcessingGuarantee.AT_LEAST_ONCE:
            raise ImproperlyConfigured(
                f"app {self.app.conf.id!r} sets processing_guarantee=exactly_once, which broker {self.url[0]} does not "
                "offer: leave it at at_least_once and make effects idempotent (event id, revision)."
            )
        url = self.url[0]
        self.folder = Path(unquote(url.raw_path))
        self.sync = str(url.query.get("sync", "full")).upper()
        self.chunk = int(url.query.get("chunk", "500"))
        self.in_flight = int(url.query.get("in_flight", "3"))
        self._log: EmbeddedLog | None = None

    @property
    def log(self) -> EmbeddedLog:
        """Opened at first use, shared by all apps of this process."""
        if self._log is None:
            self._log = shared.acquire(self.folder, self.sync)
        return self._log

    def check(self, topics: Iterable[str]) -> None:
        """Raises UnknownTopic, and what opening the log raises: better before the start than as a crash after it."""
        for topic in topics:
            self.log.topic_id(topic)

    def close(self) -> None:
        if self._log is not None:
            self._log = None
            shared.release(self.folder)


def broker_url(folder: Path, **settings: object) -> URL:
    """What `faust.App(broker=...)` takes for the log in `folder`."""
    return URL.build(scheme="embedded", path=str(folder.absolute()), query={k: str(v) for k, v in settings.items()})
