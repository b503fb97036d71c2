"""The composition root: settings in, running parts out. It alone knows every package."""

from __future__ import annotations

from collections.abc import Mapping

from herofactory.platform.delivery.values import TopicValues
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import EventCodec
from herofactory.platform.events.registry import EmbeddedRegistry
from herofactory.platform.postgres import read_dsn
from herofactory.platform.settings import Settings
from streams.topics import TOPICS, configs


def dsn_of(settings: Settings) -> str:
    """Raises PostgresError where the embedded server was never started."""
    if settings.database_url:
        return settings.database_url.get_secret_value()
    return read_dsn(settings.folder / "postgres")


def open_log(settings: Settings) -> EmbeddedLog:
    return EmbeddedLog(settings.folder / "log", sync=settings.log_sync.upper())


def codec_of(log: EmbeddedLog) -> EventCodec:
    return EventCodec(EmbeddedRegistry(log))


def values_of(codec: EventCodec) -> TopicValues:
    return TopicValues(codec, [topic.name for topic in TOPICS.values() if topic.values == "json"])


def apply_topics(log: EmbeddedLog) -> Mapping[str, int]:
    """Create what is missing and register the schemas; topic to schema id. Raises TopicMismatch, IncompatibleSchema."""
    for config in configs():
        log.create_topic(config)
    return codec_of(log).register_all()
