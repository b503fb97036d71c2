"""A user of Kafka reaches both of Faust's clients."""

from __future__ import annotations

import ssl
from pathlib import Path

import faust
import pytest

from herofactory.platform.eventlog.kafka.access import OPEN, KafkaAccess
from streams.kafka import broker_url
from streams.kafka.client import _settings
from streams.kafka.credentials import credentials_of, librdkafka_of

USER = KafkaAccess("SASL_PLAINTEXT", "SCRAM-SHA-256", "hero", "s3cret")
WANTED = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "SCRAM-SHA-256",
    "sasl_plain_username": "hero",
    "sasl_plain_password": "s3cret",
}


def app(access: KafkaAccess) -> faust.App:
    return faust.App(
        "access", broker=[broker_url("one:9092")], broker_credentials=credentials_of(access), autodiscover=False
    )


def test_the_user_reaches_consumer_producer_and_the_check_before_the_start() -> None:
    made = app(USER)
    consumer = _settings(made, made.transport)
    producer = made.transport.create_producer()._settings_auth()
    assert WANTED.items() <= consumer.items()
    assert WANTED.items() <= producer.items()
    assert librdkafka_of(made.conf.broker_credentials) == USER.librdkafka()


def test_a_cluster_that_is_open_is_reached_as_before() -> None:
    made = app(OPEN)
    assert _settings(made, made.transport)["security_protocol"] == "PLAINTEXT"
    assert librdkafka_of(made.conf.broker_credentials) == {}


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL"])
def test_what_is_encrypted_trusts_the_authorities_that_were_named(protocol: str) -> None:
    authorities = ssl.get_default_verify_paths().cafile
    if authorities is None:
        pytest.skip("this machine has no file of authorities")
    made = app(KafkaAccess(protocol, "PLAIN", "hero", "s3cret", Path(authorities)))  # type: ignore[arg-type]  # literal
    found = _settings(made, made.transport)
    assert found["security_protocol"] == protocol
    assert found["ssl_context"].verify_mode is ssl.CERT_REQUIRED


def test_a_password_is_in_no_representation() -> None:
    assert "s3cret" not in f"{USER!r} {credentials_of(USER)!r}"
