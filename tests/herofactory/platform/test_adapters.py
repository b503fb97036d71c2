"""What settings say of a way into a server reaches the client that goes it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from herofactory.platform.adapters import open_kafka, registry_of
from herofactory.platform.eventlog.kafka import log as kafka_log
from herofactory.platform.events.confluent import ConfluentRegistry, RegistryUnavailable
from herofactory.platform.settings import Settings


def settings(**given: Any) -> Settings:
    return Settings.model_validate({"database_url": "postgresql://host/db", "stack": "kafka", **given})


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """The settings of every Kafka client that is made; a real one would read the CA file at once."""
    seen: list[Mapping[str, Any]] = []
    monkeypatch.setattr(kafka_log, "AdminClient", lambda settings, **_: seen.append(settings))
    monkeypatch.setattr(kafka_log, "Readers", seen.append)
    monkeypatch.setattr(kafka_log, "Publisher", seen.append)
    return seen


def test_the_user_and_the_authorities_reach_every_kafka_client(given: list[Mapping[str, Any]], tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.touch()
    open_kafka(
        settings(
            kafka_security_protocol="SASL_SSL",
            kafka_sasl_mechanism="PLAIN",
            kafka_sasl_username="hero",
            kafka_sasl_password="s3cret",
            ca_file=ca,
        )
    )
    wanted = {
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(ca),
        "sasl.mechanism": "PLAIN",
        "sasl.username": "hero",
        "sasl.password": "s3cret",
    }
    assert len(given) == 3
    assert all(wanted.items() <= each.items() for each in given)


def test_a_password_in_an_address_is_sent_and_never_told() -> None:
    with closing(open_kafka(settings())) as log:
        registry = registry_of(settings(registry_url="http://user:s3cret@127.0.0.1:1/api"), log)
    assert isinstance(registry, ConfluentRegistry)
    with closing(registry), pytest.raises(RegistryUnavailable) as caught:
        registry.schema(1)
    assert "127.0.0.1:1/api" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert registry._client.auth is not None
