from __future__ import annotations

import pytest

from connectors.debezium import OutboxConnector
from connectors.debezium.outbox import ConnectorError

DSN = "host=db.example port=5433 user=hero password='a \"b\" %{slot} c' dbname=herofactory sslmode=disable"


def test_every_placeholder_is_filled_in() -> None:
    config = OutboxConnector(topic_prefix="eu.").config(DSN)

    assert config["database.hostname"] == "db.example"
    assert config["database.port"] == "5433"
    assert config["slot.name"] == config["publication.name"] == "herofactory_outbox"
    assert config["transforms.outbox.route.topic.replacement"] == "eu.${routedByValue}"
    assert not [value for name, value in config.items() if "%{" in value and name != "database.password"]


def test_a_password_is_passed_on_as_it_is() -> None:
    assert OutboxConnector().config(DSN)["database.password"] == 'a "b" %{slot} c'


def test_the_port_is_postgresqls_own_where_none_is_named() -> None:
    assert OutboxConnector().config("host=db user=hero password=x dbname=hero")["database.port"] == "5432"


def test_an_address_without_a_password_is_refused_by_name() -> None:
    with pytest.raises(ConnectorError, match="lacks password, dbname"):
        OutboxConnector().config("host=db user=hero")


def test_a_slot_name_that_postgresql_would_refuse_is_refused_here() -> None:
    with pytest.raises(ConnectorError, match="hero-outbox"):
        OutboxConnector(slot="hero-outbox").config(DSN)
