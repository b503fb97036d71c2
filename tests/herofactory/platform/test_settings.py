"""Combinations of settings that cannot work are refused at the start, with the names of all settings concerned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from herofactory.platform.settings import Settings

SASL = {
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_mechanism": "SCRAM-SHA-512",
    "kafka_sasl_username": "hero",
    "kafka_sasl_password": "s3cret",
}


def settings(**given: Any) -> Settings:
    return Settings.model_validate(given)


def test_a_user_of_kafka_is_given_whole() -> None:
    assert settings(**SASL).kafka_sasl_mechanism == "SCRAM-SHA-512"


@pytest.mark.parametrize("missing", ["kafka_sasl_mechanism", "kafka_sasl_username", "kafka_sasl_password"])
def test_a_user_of_whom_something_is_missing_is_refused(missing: str) -> None:
    with pytest.raises(ValidationError, match=f"HERO_KAFKA_SECURITY_PROTOCOL=SASL_SSL needs HERO_{missing.upper()}"):
        settings(**{**SASL, missing: None})


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_a_user_where_the_protocol_knows_none_is_refused(protocol: str) -> None:
    with pytest.raises(ValidationError, match=f"HERO_KAFKA_SASL_MECHANISM .*HERO_KAFKA_SECURITY_PROTOCOL={protocol}"):
        settings(**{**SASL, "kafka_security_protocol": protocol})


def test_a_file_of_authorities_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"HERO_CA_FILE=.*is not a file"):
        settings(ca_file=tmp_path / "ca.pem")


def test_two_ways_into_elasticsearch_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"HERO_ELASTICSEARCH_URL .*HERO_ELASTICSEARCH_API_KEY"):
        settings(elasticsearch_url="http://user:s3cret@host:9200", elasticsearch_api_key="key")


def test_no_secret_is_in_what_settings_or_their_errors_print() -> None:
    addresses = {name: f"http://user:s3cret@{name}:1" for name in ("connect_url", "registry_url", "elasticsearch_url")}
    found = settings(**SASL, **addresses, database_url="postgresql://user:s3cret@host/db")
    assert "s3cret" not in repr(found)
    with pytest.raises(ValidationError) as caught:
        settings(**{**SASL, "kafka_sasl_mechanism": None}, **addresses)
    assert "s3cret" not in str(caught.value)
