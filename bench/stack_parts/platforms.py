"""The same platform twice: on the real servers, and embedded. Both on loopback, without limits on requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from herofactory.platform.settings import Settings
from tests.support.running import RunningPlatform, data_folder

if TYPE_CHECKING:
    from tests.stack.stack import Stack

START_S = 180.0
UNLIMITED = {"HERO_READ_RATE": "100000", "HERO_WRITE_RATE": "100000", "HERO_RATE_BURST": "100000"}


@dataclass(frozen=True, slots=True)
class Measured:
    settings: Settings
    """As this process reaches the platform's database and log."""
    url: str
    """Its API."""


@contextmanager
def embedded() -> Iterator[Measured]:
    with _running({}) as platform:
        yield Measured(_settings(platform.data, {"database_url": platform.dsn()}), platform.url)


@contextmanager
def on_servers(stack: Stack) -> Iterator[Measured]:
    given = {
        "stack": "kafka",
        "database_url": stack.postgres.dsn(),
        "kafka_bootstrap": stack.kafka.bootstrap,
        "connect_url": stack.connect.url,
        "registry_url": stack.registry.url,
        "elasticsearch_url": stack.elasticsearch.url,
    }
    with _running({f"HERO_{name.upper()}": value for name, value in given.items()}) as platform:
        yield Measured(_settings(platform.data, given), platform.url)


@contextmanager
def _running(settings: Mapping[str, str]) -> Iterator[RunningPlatform]:
    with data_folder(keep_on_error=False) as folder:
        platform = RunningPlatform(folder, {**UNLIMITED, "HERO_MODERATION": "local", **settings})
        try:
            platform.start("--no-sample", ready_s=START_S, wait_for=("ready",))
            yield platform
            platform.stop()
        finally:
            platform.end()
            platform.output.unlink(missing_ok=True)


def _settings(folder: Path, given: Mapping[str, str]) -> Settings:
    return Settings.model_validate({"data": folder, **given})
