"""filebeat/filebeat.yml: by Filebeat itself where one is installed, and always by the options that exist."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from herofactory.platform.telemetry.access import Access

FILE = Path(__file__).resolve().parents[2] / "filebeat/filebeat.yml"
# The options used here, out of Filebeat 9's reference.
OPTIONS = {
    *("filebeat.inputs", "queue.mem", "output.logstash", "logging.level", "logging.to_stderr"),
}
FILESTREAM = {
    *("type", "id", "enabled", "paths", "parsers", "ignore_older", "clean_removed", "clean_inactive"),
    *("prospector.scanner.fingerprint.enabled", "prospector.scanner.fingerprint.length", "file_identity.fingerprint"),
    *("close.on_state_change.renamed", "close.on_state_change.removed", "close.on_state_change.inactive"),
}
NDJSON = {"target", "expand_keys", "overwrite_keys", "add_error_key"}
SCAN_INTERVAL = timedelta(seconds=10)
"""`prospector.scanner.check_interval`'s default."""


@pytest.fixture(scope="module")
def settings() -> Any:
    return YAML(typ="safe", pure=True).load(FILE)


@pytest.fixture(scope="module")
def source(settings: Any) -> Any:
    [only] = settings["filebeat.inputs"]
    return only


def hours(text: str) -> timedelta:
    return timedelta(hours=int(text.removesuffix("h")))


def test_filebeat_takes_the_file(tmp_path: Path) -> None:
    filebeat = shutil.which("filebeat")
    if filebeat is None:
        pytest.skip("no filebeat on PATH")
    told = [filebeat, "test", "config", "-c", str(FILE), "--strict.perms=false", "--path.data", str(tmp_path)]
    answer = subprocess.run(told, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 0, answer.stderr


def test_every_option_exists(settings: Any, source: Any) -> None:
    assert settings.keys() == OPTIONS
    assert source["type"] == "filestream"
    assert source.keys() == FILESTREAM
    assert settings["queue.mem"].keys() == {"events", "flush.min_events", "flush.timeout"}
    assert settings["output.logstash"].keys() == {"hosts", "bulk_max_size"}


def test_a_line_becomes_the_event(source: Any) -> None:
    [parser] = source["parsers"]
    assert parser["ndjson"].keys() == NDJSON
    assert parser["ndjson"]["target"] == ""
    assert parser["ndjson"]["add_error_key"] is True, "Logstash knows a broken line by it"
    assert parser["ndjson"]["overwrite_keys"] is True, "the time is the request's, not that of reading"


def test_rotated_files_are_read_to_their_end(source: Any) -> None:
    [pattern] = source["paths"]
    written = {"access.log", "access.000000007.log", "access-2.log", "access-2.000000001.log"}
    beside = {".access.log.lock", "access.log.gz", "herofactory.log"}
    assert {name for name in written | beside if Path(f"/var/log/herofactory/{name}").match(pattern)} == written
    assert "file_identity.fingerprint" in source
    assert source["prospector.scanner.fingerprint.enabled"] is True
    assert source["close.on_state_change.renamed"] is False
    assert source["close.on_state_change.removed"] is False


def test_what_is_remembered_of_a_file_outlives_the_file(source: Any) -> None:
    # The reference asks for both: no clean_removed without closing what is removed, and more than the sum.
    assert source["clean_removed"] is source["close.on_state_change.removed"]
    assert hours(source["clean_inactive"]) > hours(source["ignore_older"]) + SCAN_INTERVAL


def test_no_two_files_begin_alike_and_the_first_line_is_enough(source: Any) -> None:
    shortest = Access(at=0.0, duration_ns=0, method="GET", route="/", path="/", status=200).line("0.1.0")
    length = source["prospector.scanner.fingerprint.length"]
    assert length >= 64, "Filebeat takes no less"
    assert len(shortest) >= length
    identity = json.loads(shortest)["event"]["id"].encode()
    assert identity in shortest[:length]
