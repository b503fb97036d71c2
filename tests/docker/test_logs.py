"""Filebeat and Logstash as Compose runs them. Their own files: tests/filebeat, tests/logstash."""

from __future__ import annotations

import json
import re
from typing import Any

from ruamel.yaml import YAML

from streams.topics import TOPICS
from tests.docker.composed import ROOT, services

PIPELINE = (ROOT / "logstash/pipeline/access.conf").read_text(encoding="utf-8")
ACCOUNTS = (ROOT / "docker/elasticsearch/accounts.sh").read_text(encoding="utf-8")


def yaml(path: str) -> Any:
    return YAML(typ="safe", pure=True).load(ROOT / path)


def test_the_account_may_write_the_streams_and_nothing_else() -> None:
    assert 'user => "herofactory_logs"' in PIPELINE
    streams = set(re.findall(r"logs-herofactory\.\w+-default", PIPELINE))
    assert len(streams) == 2
    role = json.loads(re.findall(r"role/herofactory_logs '(\{.*?\n\})'", ACCOUNTS, re.DOTALL)[0])
    [grant] = role["indices"]
    assert grant["names"] == ["logs-herofactory.*"]
    assert not {"all", "manage", "delete", "read"} & set(grant["privileges"])


def test_the_password_of_every_account_is_given() -> None:
    wanted = set(re.findall(r"\$(\w+_PASSWORD)", ACCOUNTS))
    assert wanted == services()["accounts"]["environment"].keys()
    for name in re.findall(r"\$\{(\w+)\}", PIPELINE):
        assert name in services()["logstash"]["environment"]


def test_the_products_account_may_write_its_index_and_no_other() -> None:
    from herofactory.search.elasticsearch.client import ALIAS

    role = json.loads(re.findall(r"role/herofactory '(\{.*?\n\})'", ACCOUNTS, re.DOTALL)[0])
    assert role["indices"][0]["names"] == [ALIAS, f"{ALIAS}-*"]


def test_the_topic_is_made_as_ours_before_logstash_writes_it() -> None:
    [topic] = re.findall(r'topic_id => "(.+)"', PIPELINE)
    config = TOPICS[topic].config()
    assert config.retention_s is not None
    command = services()["access-topic"]["command"]
    assert {f"--topic={topic}", f"--partitions={config.partitions}"} <= set(command)
    assert f"--config=retention.ms={config.retention_s * 1000:.0f}" in command
    assert "access-topic" in services()["logstash"]["depends_on"]


def test_filebeat_reads_where_the_api_writes() -> None:
    [source] = yaml("filebeat/filebeat.yml")["filebeat.inputs"]
    folder = source["paths"][0].rpartition("/")[0]
    assert f"access-logs:{folder}" in services()["api"]["volumes"]
    assert f"access-logs:{folder}:ro" in services()["filebeat"]["volumes"]
    assert services()["filebeat"]["group_add"] == ["10001"]


def test_filebeat_delivers_to_the_port_that_logstash_opens() -> None:
    [host] = yaml("filebeat/filebeat.yml")["output.logstash"]["hosts"]
    assert host == f"logstash:{re.findall(r'port => (.+)', PIPELINE)[0]}"


def test_the_pipeline_that_health_asks_for_is_configured() -> None:
    pipelines = yaml("logstash/config/pipelines.yml")
    asked = " ".join(services()["logstash"]["healthcheck"]["test"])
    assert re.findall(r"/_node/pipelines/(\w+)", asked) == [pipelines[0]["pipeline.id"]]
    for pipeline in pipelines:
        folder, _, file = pipeline["path.config"].rpartition("/")
        assert f"./logstash/pipeline:{folder}:ro" in services()["logstash"]["volumes"]
        assert (ROOT / "logstash/pipeline" / file).is_file()
