"""All steps, in the order in which they depend on one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from cli.compose import capture_of, dsn_of, open_log, registry_of
from cli.provision.capture import CaptureStep
from cli.provision.database import DatabaseStep
from cli.provision.index import Index
from cli.provision.schemas import Schemas
from cli.provision.step import Step
from cli.provision.topics import Topics
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.settings import Settings
from herofactory.search.open import elasticsearch_of
from streams.topics import DAY_S, configs


@contextmanager
def steps_of(settings: Settings) -> Iterator[Sequence[Step]]:
    """Their connections close at the end."""
    with ExitStack() as stack:
        log = open_log(settings)
        stack.callback(log.close)
        capture, connect, connector = capture_of(settings)
        stack.callback(connect.close)
        client = elasticsearch_of(settings)
        stack.callback(client.close)
        heartbeat = TopicConfig(connector.heartbeat_topic, 1, DAY_S)
        yield (
            DatabaseStep(dsn_of(settings)),
            Topics(log, [*configs(), heartbeat], settings.kafka_replication),
            Schemas(registry_of(settings, log)),
            Index(client),
            CaptureStep(capture, connect),
        )
