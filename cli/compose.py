"""The composition root: settings in, running parts out. It alone knows every package.

Every function imports what it opens: a command that only looks is not to load what the parts are made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from herofactory.platform.adapters import (
    access_of,
    codec_of,
    dsn_of,
    open_embedded_log,
    open_kafka,
    open_log,
    registry_of,
)

if TYPE_CHECKING:
    from yarl import URL

    from connectors.debezium import Capture, ConnectClient, OutboxConnector
    from herofactory.platform.delivery.values import TopicValues
    from herofactory.platform.eventlog.port import EventLog
    from herofactory.platform.events import EventCodec
    from herofactory.platform.settings import Settings

__all__ = ["codec_of", "dsn_of", "open_embedded_log", "open_kafka", "open_log", "registry_of"]

_CODE = {
    ("embedded", "worker"): ("streams.embedded", "herofactory.search.embedded.places"),
    ("embedded", "bridge"): ("streams.embedded", "comfy_bridge.bridge", "herofactory.studio.jobs.making"),
    ("embedded", "relay"): ("herofactory.platform.eventlog.embedded",),
    ("embedded", "api"): ("herofactory.platform.eventlog.embedded",),
    ("kafka", "housekeeper"): ("herofactory.platform.eventlog.kafka", "herofactory.platform.events.confluent"),
    ("kafka", "worker"): ("streams.kafka", "herofactory.search.elasticsearch.places"),
    ("kafka", "bridge"): ("streams.kafka", "comfy_bridge.bridge", "herofactory.studio.jobs.making"),
    ("kafka", "api"): ("herofactory.platform.eventlog.kafka", "herofactory.search.elasticsearch.owner"),
}


def load_code(settings: Settings, part: str) -> None:
    """What opening the adapters of `part` would import: a part does it while it waits for the database."""
    for module in _CODE.get((settings.stack, part), ()):
        import_module(module)


def values_of(codec: EventCodec) -> TopicValues:
    from herofactory.platform.delivery.values import TopicValues
    from streams.topics import TOPICS

    return TopicValues(codec, [topic.name for topic in TOPICS.values() if topic.values == "json"])


def apply_topics(settings: Settings, log: EventLog) -> Mapping[str, int]:
    """Create what is missing and register the schemas; topic to schema id. Raises TopicMismatch, IncompatibleSchema."""
    from streams.topics import configs

    for config in configs():
        log.create_topic(config)
    return codec_of(settings, log).register_all()


def broker_of(settings: Settings) -> URL:
    """Where a worker's transport finds its log."""
    if settings.stack == "kafka":
        from streams.kafka import broker_url as kafka_url

        return kafka_url(settings.kafka_bootstrap, chunk=settings.chunk_records)
    from streams.embedded import broker_url

    return broker_url(settings.folder / "log", sync=settings.log_sync, chunk=settings.chunk_records)


def credentials_of(settings: Settings) -> Any:
    """What a worker's transport needs to get into its log."""
    if settings.stack != "kafka":
        return None
    from streams.kafka.credentials import credentials_of as kafka_credentials

    return kafka_credentials(access_of(settings))


@contextmanager
def worker_log(settings: Settings) -> Iterator[EventLog]:
    """An embedded log is shared with the agents' transports: one writer thread in the process."""
    if settings.stack == "kafka":
        with closing(open_log(settings)) as log:
            yield log
        return
    from streams.embedded import shared

    folder = settings.folder / "log"
    log = shared.acquire(folder, settings.log_sync.upper())
    try:
        yield log
    finally:
        shared.release(folder)


def capture_of(settings: Settings) -> tuple[Capture, ConnectClient, OutboxConnector]:
    """Change capture of the Kafka stack. Raises ConnectorError for an address that Connect cannot use."""
    from connectors.debezium import Capture, ConnectClient, OutboxConnector

    dsn = dsn_of(settings)
    theirs = settings.connect_database_url.get_secret_value() if settings.connect_database_url else dsn
    connect = ConnectClient(settings.connect_url.get_secret_value(), settings.ca_file)
    connector = OutboxConnector()
    return Capture(dsn, connect, connector, theirs), connect, connector
