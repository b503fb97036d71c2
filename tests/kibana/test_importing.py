"""The importer against a server that answers as Elasticsearch and Kibana document it; the real one: tests/stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from kibana.generate import FILE
from kibana.importing import ImportFailed, import_objects, main, put_templates, run
from tests.support.listening import Call, Reply, listening

NOWHERE = "http://someone:secret@127.0.0.1:1"


@dataclass
class Server:
    url: str = ""
    asked: list[Call] = field(default_factory=list)
    status: int = 200
    answer: dict[str, Any] = field(default_factory=lambda: {"success": True, "successCount": 40})


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    def answer(call: Call) -> Reply:
        told.asked.append(call)
        return Reply.of(told.answer, told.status)

    with listening(answer) as told.url:
        yield told


def test_parts_are_put_before_templates_and_templates_before_dashboards(server: Server) -> None:
    lines = list(run({"ELASTICSEARCH_URL": server.url, "KIBANA_URL": server.url}))
    kinds = [call.path.split("/")[1] for call in server.asked]
    assert kinds == ["_component_template"] * 4 + ["_index_template"] * 3 + ["api"]
    assert lines[0].startswith("component template herofactory-")
    assert lines[-1] == "40 saved objects"


def test_kibana_is_given_the_file_to_write_over_what_is_there(server: Server) -> None:
    with httpx.Client(base_url=server.url) as client:
        import_objects(client)
    [(method, path, body, headers)] = server.asked
    assert (method, path) == ("POST", "/api/saved_objects/_import?overwrite=true")
    assert headers["kbn-xsrf"] == "true"
    assert headers["content-type"].startswith("multipart/form-data")
    assert FILE.read_bytes() in body
    assert b'name="file"; filename="herofactory.ndjson"' in body


def test_an_empty_address_leaves_the_templates_alone(server: Server) -> None:
    lines = list(run({"ELASTICSEARCH_URL": "", "KIBANA_URL": server.url}))
    assert len(server.asked) == 1
    assert lines[0] == "templates left alone: ELASTICSEARCH_URL is empty"


def test_an_object_that_is_refused_is_named(server: Server) -> None:
    refused = {"type": "lens", "id": "api-p95", "error": {"type": "missing_references"}}
    server.answer = {"success": False, "successCount": 39, "errors": [refused]}
    with httpx.Client(base_url=server.url) as client, pytest.raises(ImportFailed, match=r"lens api-p95: .*missing"):
        import_objects(client)


def test_a_template_that_is_refused_is_named(server: Server) -> None:
    server.status, server.answer = 400, {"error": "unknown setting"}
    with httpx.Client(base_url=server.url) as client, pytest.raises(ImportFailed, match=r"herofactory-\w+ \(400\)"):
        list(put_templates(client))


def test_a_server_that_is_not_there_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ELASTICSEARCH_URL", NOWHERE)
    assert main() == 1
    told = capsys.readouterr().err
    assert "http://127.0.0.1:1 cannot be reached" in told
    assert "ELASTICSEARCH_URL names another" in told
    assert "secret" not in told
