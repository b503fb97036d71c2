"""The edge on PostgreSQL alone: it starts, accepts what PostgreSQL can hold, and says what it waits for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from api.services import Services
from herofactory.accounts.signing_key import load_signing_key
from herofactory.accounts.tokens import TokenIssuer
from herofactory.platform.clock import SystemClock
from herofactory.platform.events import EventCodec
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.events.remembered import RememberedRegistry
from herofactory.platform.settings import Settings
from tests.support.platform import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.stack]
SWORD = {"name": "불타는 검", "description": "용암에서 벼린 검", "category": "weapon", "tags": [], "price": 1000}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    nobody = f"127.0.0.1:{free_port()}"
    servers = {"kafka_bootstrap": nobody, "connect_url": SecretStr(f"http://{nobody}")}
    servers |= {"registry_url": SecretStr(f"http://{nobody}"), "elasticsearch_url": SecretStr(f"http://{nobody}")}
    return settings.model_copy(update={"stack": "kafka", **servers})


@pytest.fixture
def remembered(settings: Settings) -> None:
    """An earlier process asked a registry that was there."""
    registry = EmbeddedRegistry(MemorySchemaStore())
    EventCodec(RememberedRegistry(registry, settings.folder / "schemas", SystemClock())).register_all()


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    token = TokenIssuer(load_signing_key(settings.folder / "keys"), 3600, SystemClock()).issue("smith", "user")
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        assert [each.partition(" at ")[0] for each in services.waiting.reasons] == ["waiting for the schema registry"]
        headers = {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(app, client=("192.0.2.1", 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://hero/api/v1", headers=headers) as client:
            yield client


@pytest.mark.usefixtures("remembered")
async def test_writes_and_reads_go_on_without_any_other_server(client: httpx.AsyncClient) -> None:
    written = await client.post("/items", json=SWORD)
    assert written.status_code == 201
    assert (await client.get(f"/items/{written.json()['id']}")).json()["name"] == SWORD["name"]
    assert (await client.get("/pipeline")).json()["outbox"]["rows"] == 1


async def test_without_an_id_for_its_event_a_write_is_refused_for_now(client: httpx.AsyncClient) -> None:
    refused = await client.post("/items", json=SWORD)
    assert (refused.status_code, refused.json()["code"]) == (503, "UNAVAILABLE")
    assert int(refused.headers["retry-after"]) >= 1
    assert (await client.get("/items/mine")).json()["items"] == []


async def test_a_search_is_refused_for_now(client: httpx.AsyncClient) -> None:
    for path in ("/search?q=검", "/search/suggest?q=검"):
        refused = await client.get(path)
        assert (refused.status_code, refused.json()["code"]) == (503, "SEARCH_UNAVAILABLE"), refused.text
        assert int(refused.headers["retry-after"]) >= 1
