"""Filebeat and Logstash, which start with misspelt options as if nothing were wrong."""

from __future__ import annotations

import json
import re
from typing import Any

from ruamel.yaml import YAML

from tests.docker.composed import ROOT, services

PIPELINE = (ROOT / "logstash/pipeline/access.conf").read_text(encoding="utf-8")
ACCOUNTS = (ROOT / "docker/elasticsearch/accounts.sh").read_text(encoding="utf-8")
# Plug-ins and options that exist, of those that are used here.
KNOWN = {
    "beats": {"port", "host", "ssl_enabled"},
    "mutate": {"add_field", "remove_field", "rename", "replace"},
    "fingerprint": {"source", "concatenate_sources", "method", "target", "key"},
    "elasticsearch": {
        *("hosts", "user", "password", "index", "action", "document_id", "data_stream", "manage_template"),
        *("ilm_enabled", "ssl_enabled"),
    },
    "kafka": {"bootstrap_servers", "topic_id", "codec", "acks", "compression_type", "message_key"},
}
FILESTREAM = {
    *("type", "id", "enabled", "paths", "parsers", "file_identity.fingerprint", "clean_removed"),
    *("prospector.scanner.fingerprint.enabled", "close.on_state_change.inactive"),
}
NDJSON = {"target", "expand_keys", "overwrite_keys", "add_error_key"}


def yaml(path: str) -> Any:
    return YAML(typ="safe", pure=True).load(ROOT / path)


def plain(pipeline: str) -> str:
    """Without comments, text in quotes shortened to its quotes."""
    return re.sub(r'"[^"\n]*"', '""', re.sub(r"^\s*#.*$", "", pipeline, flags=re.MULTILINE))


def test_brackets_of_the_pipeline_match() -> None:
    open_brackets: list[str] = []
    for bracket in re.findall(r"[\[\]{}]", plain(PIPELINE)):
        if bracket in "[{":
            open_brackets.append(bracket)
        else:
            assert open_brackets.pop() + bracket in ("[]", "{}")
    assert not open_brackets


def test_every_plug_in_and_option_of_the_pipeline_exists() -> None:
    blocks = re.findall(r"^\s*(\w+) \{\n((?:\s*\w+ => [^\n]*\n|[^{}]*?=> \{[^}]*\}\s*\n)+)\s*\}", plain(PIPELINE), re.M)
    used = {name for name, _ in blocks}
    assert used == KNOWN.keys()
    for name, body in blocks:
        assert set(re.findall(r"^\s*(\w+) =>", body, re.MULTILINE)) <= KNOWN[name], name


def test_a_line_is_kept_once_by_its_id() -> None:
    assert 'document_id => "%{[@metadata][id]}"' in PIPELINE
    assert '"[@metadata][id]" => "%{[event][id]}"' in PIPELINE
    assert 'action => "create"' in PIPELINE


def test_broken_lines_are_kept_apart() -> None:
    assert 'if [error][type] == "json" or ![event][id]' in PIPELINE
    assert "logs-herofactory.deadletter-default" in PIPELINE


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


def test_the_topic_is_made_before_logstash_writes_it() -> None:
    [topic] = re.findall(r'topic_id => "(.+)"', PIPELINE)
    assert f"--topic={topic}" in services()["access-topic"]["command"]
    assert "access-topic" in services()["logstash"]["depends_on"]


def test_filebeat_has_only_options_that_exist() -> None:
    filebeat = yaml("filebeat/filebeat.yml")
    [source] = filebeat["filebeat.inputs"]
    assert source["type"] == "filestream"
    assert source.keys() <= FILESTREAM
    [parser] = source["parsers"]
    assert parser["ndjson"].keys() == NDJSON


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
    [pipeline] = yaml("logstash/config/pipelines.yml")
    assert any(
        f"/_node/pipelines/{pipeline['pipeline.id']}" in w for w in services()["logstash"]["healthcheck"]["test"]
    )
    folder, _, file = pipeline["path.config"].rpartition("/")
    assert f"./logstash/pipeline:{folder}:ro" in services()["logstash"]["volumes"]
    assert (ROOT / "logstash/pipeline" / file).is_file()
