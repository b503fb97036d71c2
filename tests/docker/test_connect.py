"""Kafka Connect in compose: its worker, and the configuration of an Elasticsearch sink for it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from herofactory.search.elasticsearch.client import ALIAS
from herofactory.search.elasticsearch.mapping import IndexOptions, mappings
from streams.topics import ITEM_MIRRORED, TOPICS
from tests.docker.composed import ROOT, services
from tests.stack.home import Home
from tests.stack.servers.connect import Connect
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.postgres import CAPTURE

SINK: dict[str, str] = json.loads((ROOT / "connectors/elasticsearch/sink.json").read_text(encoding="utf-8"))
# Where a server of the tests has an address or a folder of its own.
OWN = {
    "status.storage.topic",
    "bootstrap.servers",
    "listeners",
    "rest.advertised.host.name",
    "rest.advertised.port",
    "plugin.path",
}


def worker() -> dict[str, str]:
    lines = (ROOT / "docker/connect/worker.properties").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_worker_is_configured_as_the_one_that_is_tested(tmp_path: Path) -> None:
    home = Home(tmp_path)
    tested = Connect(home, tmp_path, tmp_path, Kafka(home, tmp_path))._properties(tmp_path)
    for name, value in tested.items():
        assert name in OWN or worker()[name] == str(value), name


def test_beyond_that_it_only_lets_connectors_read_the_sinks_variables() -> None:
    pattern = worker()["config.providers.env.param.allowlist.pattern"]
    given = services()["connect"]["environment"]
    wanted = {name for value in SINK.values() for name in re.findall(r"\$\{env:(\w+)\}", value)}
    assert wanted
    assert wanted <= given.keys()
    assert all(re.fullmatch(pattern, name) for name in wanted)
    assert not re.fullmatch(pattern, "KAFKA_HEAP_OPTS")


def test_postgresql_is_set_up_for_capture_as_the_one_that_is_tested() -> None:
    command = services()["postgres"]["command"]
    assert dict(word.split("=") for word in command if "=" in word) == CAPTURE


def test_the_sink_writes_the_mirror_into_the_alias_by_key_and_revision() -> None:
    assert SINK["topics"] == ITEM_MIRRORED
    assert TOPICS[ITEM_MIRRORED].values == "json"
    assert SINK["topic.to.external.resource.mapping"] == f"{ITEM_MIRRORED}:{ALIAS}"
    assert SINK["external.resource.usage"] == "ALIAS_INDEX"
    assert SINK["key.ignore"] == "false"
    # A whole document under an external version: only INSERT has one.
    assert SINK["write.method"] == "INSERT"
    assert SINK["external.version.header"] == "revision"
    assert SINK["behavior.on.null.values"] == "DELETE"


def test_the_index_remembers_deletes_as_long_as_the_topic_keeps_tombstones() -> None:
    assert IndexOptions().gc_deletes == "7d"
    assert TOPICS[ITEM_MIRRORED].config().delete_retention_s == 7 * 86_400


def test_one_bulk_is_in_flight() -> None:
    assert SINK["max.in.flight.requests"] == "1"
    assert SINK["tasks.max"] == "1"


def test_a_record_that_cannot_be_indexed_goes_to_a_dead_letter_topic_and_stops_nothing() -> None:
    assert SINK["errors.tolerance"] == "all"
    assert SINK["behavior.on.malformed.documents"] == "WARN"
    assert SINK["errors.deadletterqueue.topic.name"].startswith("dead.")
    assert SINK["errors.deadletterqueue.topic.name"] not in TOPICS
    assert SINK["errors.deadletterqueue.context.headers.enable"] == "true"
    assert SINK["errors.log.include.messages"] == "false"


def test_documents_are_taken_as_they_are() -> None:
    assert SINK["value.converter"] == "org.apache.kafka.connect.json.JsonConverter"
    assert SINK["value.converter.schemas.enable"] == "false"
    assert SINK["schema.ignore"] == "true"
    assert mappings()["dynamic"] == "strict"


@pytest.mark.parametrize("name", sorted(SINK))
def test_every_value_is_text_and_no_secret(name: str) -> None:
    value = SINK[name]
    assert isinstance(value, str)
    assert "password" not in name or value.startswith("${env:")
