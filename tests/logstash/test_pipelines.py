"""Logstash does not run here: its pipelines are parsed, and held to plug-ins and options that exist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lscl.errors import DecodeError
from ruamel.yaml import YAML

from tests.logstash.pipeline import FILES, FOLDER, one, parsed, plugins
from tests.logstash.plugins import PIPELINE_SETTINGS, SECTIONS, SETTINGS

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
REFERENCE = "%{[@metadata][id]}"


def yaml(name: str) -> Any:
    return YAML(typ="safe", pure=True).load(FOLDER / "config" / name)


@each_file
def test_every_plug_in_and_option_exists(file: Path) -> None:
    for plugin in plugins(file.stem):
        assert plugin.name in SECTIONS[plugin.section], f"{plugin.section} {plugin.name}"
        assert plugin.options.keys() <= SECTIONS[plugin.section][plugin.name], plugin.name


@each_file
def test_a_pipeline_reads_and_writes(file: Path) -> None:
    assert {"input", "output"} <= {plugin.section for plugin in plugins(file.stem)}


@pytest.mark.parametrize(
    ("said", "meant"),
    [("port => 5044", "port = 5044"), ("output {", "output"), ('"[error][type]"', '"[error][type]'), ("if [", "if ")],
)
def test_a_slip_is_no_pipeline(said: str, meant: str) -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in FILES)
    assert said in text
    with pytest.raises(DecodeError):
        parsed(text.replace(said, meant, 1))


def test_nothing_is_allowed_that_is_not_used() -> None:
    used = [plugin for file in FILES for plugin in plugins(file.stem)]
    for section, allowed in SECTIONS.items():
        for name, options in allowed.items():
            told = [each.options.keys() for each in used if (each.section, each.name) == (section, name)]
            assert set[str]().union(*told) == options, f"{section} {name}"


def test_a_record_is_kept_once_by_its_id() -> None:
    added = [each.options.get("add_field", {}) for each in plugins("access") if each.name == "mutate"]
    assert {"[@metadata][id]": "%{[event][id]}"}.items() <= added[1].items()
    for pipeline in ("access", "rejected"):
        written = one(pipeline, "output", "elasticsearch")
        assert (written["action"], written["document_id"]) == ("create", REFERENCE)
        assert written["silence_errors_in_log"] == ["version_conflict_engine_exception"]


def test_a_line_that_is_no_record_is_set_aside_under_an_id_of_its_own_and_tagged() -> None:
    mutates = [each.options for each in plugins("access") if each.name == "mutate"]
    assert mutates[0]["add_field"] == {"[@metadata][index]": "logs-herofactory.deadletter-default"}
    assert mutates[0]["add_tag"] == ["not_an_access_record"]
    assert one("access", "filter", "fingerprint")["target"] == "[@metadata][id]"
    dropped = [field for each in mutates for field in each.get("remove_field", []) if each is not mutates[1]]
    assert not {"[tags]", "[log]", "message"} & set(dropped)


def test_kafka_gets_the_record_as_json_without_a_key() -> None:
    written = one("access", "output", "kafka")
    assert (written["topic_id"], written["codec"], written["acks"]) == ("access.log", "json", "all")
    assert "message_key" not in written


def test_what_elasticsearch_refuses_is_read_back_from_the_dead_letter_queue() -> None:
    pipelines = {each["pipeline.id"]: each for each in yaml("pipelines.yml")}
    read = one("rejected", "input", "dead_letter_queue")
    assert pipelines[read["pipeline_id"]]["dead_letter_queue.enable"] is True
    assert "dead_letter_queue.enable" not in pipelines["rejected"], "it would read what it writes"
    # Without it, a pipeline that starts before its folder is there never starts.
    assert yaml("logstash.yml")["config.reload.automatic"] is True


def test_what_was_refused_once_cannot_be_refused_again() -> None:
    from kibana.templates import mapped_fields

    mapped = {name.split(".")[0] for name in mapped_fields("logs-herofactory.deadletter-*")}
    moved = one("rejected", "filter", "mutate")["rename"]
    assert moved.keys() == mapped - {"@timestamp", "record"}
    assert all(target == f"[record][{name}]" for name, target in moved.items())


def test_every_setting_exists() -> None:
    assert yaml("logstash.yml").keys() <= SETTINGS
    for pipeline in yaml("pipelines.yml"):
        assert pipeline.keys() <= PIPELINE_SETTINGS
        # From 9 on the default; told, so that a field does not move with the version.
        assert pipeline["pipeline.ecs_compatibility"] == "v8"


def test_every_pipeline_runs_and_every_file_is_one() -> None:
    assert {Path(each["path.config"]).name for each in yaml("pipelines.yml")} == {file.name for file in FILES}
    assert yaml("logstash.yml")["queue.type"] == "persisted"
