"""The whole edge over ASGI, on a real database and a real log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from herofactory.accounts.principal import Role
from herofactory.accounts.signing_key import load_signing_key
from herofactory.accounts.tokens import TokenIssuer
from herofactory.platform.clock import SystemClock
from herofactory.platform.settings import Settings

Headers = dict[str, str]
SWORD: dict[str, Any] = {
    "name": "불타는 검",
    "description": "용암에서 벼린 검입니다.",
    "category": "weapon",
    "tags": ["불", "전설"],
    "price": 1500,
}


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings, replay_targets=("insights", "search-index", "agent:listing"))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://hero/api/v1") as client:
        yield client


@pytest.fixture
def sword() -> dict[str, Any]:
    return {**SWORD}


@pytest.fixture
def token_of(settings: Settings) -> Callable[[str, Role], str]:
    return TokenIssuer(load_signing_key(settings.folder / "keys"), 3600, SystemClock()).issue


@pytest.fixture
def seller(token_of: Callable[[str, Role], str]) -> Headers:
    return bearer(token_of("seller-1", "user"))


@pytest.fixture
def stranger(token_of: Callable[[str, Role], str]) -> Headers:
    return bearer(token_of("seller-2", "user"))


@pytest.fixture
def moderator(token_of: Callable[[str, Role], str]) -> Headers:
    return bearer(token_of("moderator-1", "moderator"))


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}
