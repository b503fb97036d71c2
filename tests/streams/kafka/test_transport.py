from __future__ import annotations

import faust
import pytest
from faust.exceptions import ImproperlyConfigured

from herofactory.platform.eventlog.port import LogUnavailable
from streams.kafka import Transport, broker_url


def app(**settings: object) -> faust.App:
    return faust.App("kafka-transport", broker=[broker_url("one:9092,two:9093", **settings)], autodiscover=False)


def test_faust_finds_it_by_its_scheme_with_all_servers_and_settings() -> None:
    transport = app(chunk=7, in_flight=2, fetch_wait_ms=5).transport
    assert isinstance(transport, Transport)
    assert transport.servers == ["one:9092", "two:9093"]
    assert (transport.chunk, transport.in_flight, transport.fetch_wait_ms) == (7, 2, 5)


def test_without_settings_it_takes_chunks_and_asks_often() -> None:
    transport = app().transport
    assert (transport.chunk, transport.in_flight, transport.fetch_wait_ms) == (500, 3, 100)


def test_exactly_once_is_refused() -> None:
    broker = broker_url("one:9092")
    eager = faust.App("eager", broker=[broker], processing_guarantee="exactly_once", autodiscover=False)
    with pytest.raises(ImproperlyConfigured, match="leave it at at_least_once"):
        _ = eager.transport


def test_a_cluster_that_is_away_is_said_before_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    from herofactory.platform.eventlog.kafka import topics

    monkeypatch.setattr(topics, "TIMEOUT_S", 0.3)
    # Port 1 of this machine: nothing listens there.
    away = faust.App("away", broker=[broker_url("127.0.0.1:1")], autodiscover=False)
    with pytest.raises(LogUnavailable, match="does not answer"):
        away.transport.check(["any"])
