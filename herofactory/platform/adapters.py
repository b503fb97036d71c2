"""Which adapter each port of the platform gets: the one place that looks at `HERO_STACK` for them.

Every function imports what it opens, so that a process holds in memory what it uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from herofactory.platform.addresses import without_password
from herofactory.platform.clock import SystemClock
from herofactory.platform.settings import Settings

__all__ = [
    "access_of",
    "codec_of",
    "dsn_of",
    "open_embedded_log",
    "open_kafka",
    "open_log",
    "registry_of",
    "without_password",
]

if TYPE_CHECKING:
    from herofactory.platform.eventlog.embedded import EmbeddedLog
    from herofactory.platform.eventlog.kafka import KafkaLog
    from herofactory.platform.eventlog.kafka.access import KafkaAccess
    from herofactory.platform.eventlog.port import EventLog
    from herofactory.platform.events import EventCodec
    from herofactory.platform.events.registry import SchemaRegistry


def dsn_of(settings: Settings) -> str:
    """Raises PostgresError where the embedded server was never started."""
    if settings.database_url:
        return settings.database_url.get_secret_value()
    from herofactory.platform.postgres import read_dsn

    return read_dsn(settings.folder / "postgres")


def open_log(settings: Settings) -> EventLog:
    return open_kafka(settings) if settings.stack == "kafka" else open_embedded_log(settings)


def open_embedded_log(settings: Settings) -> EmbeddedLog:
    from herofactory.platform.eventlog.embedded import EmbeddedLog

    return EmbeddedLog(settings.folder / "log", sync=settings.log_sync.upper())


def open_kafka(settings: Settings) -> KafkaLog:
    from herofactory.platform.eventlog.kafka import KafkaLog

    return KafkaLog(settings.kafka_bootstrap, settings.kafka_replication, access_of(settings).librdkafka())


def access_of(settings: Settings) -> KafkaAccess:
    from herofactory.platform.eventlog.kafka.access import KafkaAccess

    password = settings.kafka_sasl_password
    return KafkaAccess(
        settings.kafka_security_protocol,
        settings.kafka_sasl_mechanism,
        settings.kafka_sasl_username,
        password.get_secret_value() if password else None,
        settings.ca_file,
    )


def registry_of(settings: Settings, log: EventLog) -> SchemaRegistry:
    """`log`: what `open_log` gave; the embedded registry keeps its ids in it."""
    if settings.stack == "kafka":
        from herofactory.platform.events.confluent import ConfluentRegistry

        return ConfluentRegistry(settings.registry_url.get_secret_value(), settings.ca_file)
    from herofactory.platform.eventlog.embedded import EmbeddedLog
    from herofactory.platform.events.registry import EmbeddedRegistry

    assert isinstance(log, EmbeddedLog)
    return EmbeddedRegistry(log)


def codec_of(settings: Settings, log: EventLog) -> EventCodec:
    from herofactory.platform.events import EventCodec

    registry = registry_of(settings, log)
    if settings.stack == "kafka":
        from herofactory.platform.events.remembered import RememberedRegistry

        registry = RememberedRegistry(registry, settings.folder / "schemas", SystemClock())
    return EventCodec(registry)
