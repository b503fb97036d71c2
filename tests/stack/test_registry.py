from __future__ import annotations

import json
import uuid
from pathlib import Path

import httpx
import pytest

import schemas
from tests.stack.servers.registry import Registry

pytestmark = pytest.mark.stack
CREATED = (Path(schemas.__file__).parent / "avro" / "item.created.avsc").read_text(encoding="utf-8")
CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"


@pytest.fixture
def subject() -> str:
    return f"item.created-{uuid.uuid4().hex[:8]}-value"


def register(registry: Registry, subject: str, schema: str) -> httpx.Response:
    return httpx.post(
        f"{registry.url}/subjects/{subject}/versions",
        content=json.dumps({"schema": schema}),
        headers={"Content-Type": CONTENT_TYPE},
        timeout=30,
    )


def test_a_schema_gets_one_id_and_comes_back_by_it(registry: Registry, subject: str) -> None:
    first = register(registry, subject, CREATED).raise_for_status().json()["id"]
    again = register(registry, subject, CREATED).raise_for_status().json()["id"]

    answer = httpx.get(f"{registry.url}/schemas/ids/{first}", timeout=30).raise_for_status()

    assert again == first
    assert 0 < first < 2**31
    assert json.loads(answer.json()["schema"])["name"] == "ItemCreated"


def test_a_schema_that_cannot_read_the_older_one_is_refused(registry: Registry, subject: str) -> None:
    register(registry, subject, CREATED).raise_for_status()
    level = httpx.put(f"{registry.url}/config/{subject}", json={"compatibility": "BACKWARD"}, timeout=30)
    level.raise_for_status()
    optional, required = json.loads(CREATED), json.loads(CREATED)
    optional["fields"].append({"name": "added", "type": ["null", "string"], "default": None})
    required["fields"].append({"name": "demanded", "type": "string"})

    refused = register(registry, subject, json.dumps(required))

    assert refused.status_code == 409
    assert register(registry, subject, json.dumps(optional)).is_success
