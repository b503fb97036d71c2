"""Items created one at a time, each watched from its acceptance until a search finds it."""

from __future__ import annotations

import secrets
import time

from cli.api_client import ApiClient
from cli.errors import CliError
from herofactory.accounts.signing_key import load_signing_key
from herofactory.accounts.tokens import TokenIssuer
from herofactory.platform.clock import SystemClock
from herofactory.platform.settings import Settings

SELLER = "demo-probe"
LOOK_S = 0.005
LONGEST_S = 20.0


def probe(settings: Settings, count: int) -> list[float]:
    """Seconds from the answer 201 to the first search over HTTP that finds the item. The items are deleted again.

    Raises CliError for an item that is not found within LONGEST_S.
    """
    key = load_signing_key(settings.folder / "keys")
    token = TokenIssuer(key, settings.token_ttl_s, SystemClock()).issue(SELLER)
    with ApiClient(settings, token, is_test=True) as api:
        return [_seconds(api) for _ in range(count)]


def _seconds(api: ApiClient) -> float:
    # A word of its own, so that nothing else is found for it.
    word = f"probe{secrets.token_hex(6)}"
    body = {"name": f"{word} 검", "description": "파이프라인 점검", "category": "weapon", "price": 1000}
    item = api.post("/api/v1/items", body)
    accepted = time.perf_counter()
    try:
        while not _is_found(api, word, item["id"]):
            if time.perf_counter() - accepted > LONGEST_S:
                status = api.get(f"/api/v1/items/{item['id']}/status")
                raise CliError(f"an item was not searchable {LONGEST_S:g} s after its acceptance; its status: {status}")
            time.sleep(LOOK_S)
        return time.perf_counter() - accepted
    finally:
        api.delete(f"/api/v1/items/{item['id']}")


def _is_found(api: ApiClient, word: str, item_id: str) -> bool:
    found = api.get("/api/v1/search", {"q": word, "limit": 5})
    return any(item["id"] == item_id for item in found["items"])
