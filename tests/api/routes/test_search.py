from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from herofactory.catalog.item import Content
from herofactory.catalog.service import Catalog
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.search.embedded.writer import IndexWriter
from tests.support.mirror import index_mirror, index_writer
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio
NAMES = ["불타는 검", "얼음 검", "마법 지팡이", "체력 물약", "나무 방패"]


@pytest.fixture
async def writer(settings: Settings) -> AsyncIterator[IndexWriter]:
    with index_writer(settings.folder / "search") as writer:
        yield writer


@pytest.fixture
async def ids(database: Database, outbox: Outbox, writer: IndexWriter) -> dict[str, str]:
    """Five approved items in the index, by name."""
    catalog, ids = Catalog(outbox), {}
    async with database.transaction() as transaction:
        for price, name in enumerate(NAMES):
            category = {"물약": "consumable", "방패": "armor"}.get(name.split()[-1], "weapon")
            item = await catalog.create(
                transaction, "seller-1", Content(name, "게임에 쓰는 그림", category, ("그림",), price * 1000)
            )
            ids[name] = str(item.id)
        await transaction.execute("UPDATE items SET status = 'approved'")
    await index_mirror(database, writer)
    return ids


async def found(client: httpx.AsyncClient, **parameters: Any) -> list[str]:
    response = await client.get("/search", params=parameters)
    assert response.status_code == 200, response.text
    return [item["name"] for item in response.json()["items"]]


async def test_a_search_answers_items_facets_and_what_matched(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    body = (await client.get("/search", params={"q": "검"})).json()
    assert {item["id"] for item in body["items"]} == {ids["불타는 검"], ids["얼음 검"]}
    assert (body["total"], body["next_cursor"], body["corrected_to"]) == (2, None, None)
    assert body["facets"]["category"]["weapon"] == 2
    assert UUID(body["query_id"]).version == 7
    item = body["items"][0]
    assert {"text": "검", "match": True} in item["highlights"]["name"]
    assert "".join(piece["text"] for piece in item["highlights"]["name"]) == item["name"]
    assert item["status"] == "approved"


async def test_hangul_asked_for_decomposed_is_found(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    assert set(await found(client, q=unicodedata.normalize("NFD", "불타는 검"))) >= {"불타는 검"}


async def test_filters_and_orders_hold(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    assert await found(client, category="armor") == ["나무 방패"]
    assert await found(client, min_price=1000, max_price=2000, sort="price_desc") == ["마법 지팡이", "얼음 검"]
    assert len(await found(client, tag="그림")) == 5
    assert await found(client, tag=["그림", "없는 태그"]) == []


async def test_an_empty_query_browses_everything(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    for q in ("", "   ", "\n\t"):
        assert len(await found(client, q=q)) == 5


async def test_a_query_of_operators_or_noise_is_text_like_any_other(
    client: httpx.AsyncClient, ids: dict[str, str]
) -> None:
    for q in ("+-*/", '"', "((((", "AND OR NOT", "name:*", "^~!@#$%", "\\", "🗡️", "a" * 200, "'; DROP"):
        assert (await client.get("/search", params={"q": q})).status_code == 200, q


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"q": "가" * 201}, "q"),
    ({"q": "a" * 10_000}, "q"),
    ({"q": "검\x00"}, "q"),
    ({"q": "\x1b[31m"}, "q"),
    ({"limit": 10**9}, "limit"),
    ({"limit": 101}, "limit"),
    ({"limit": 0}, "limit"),
    ({"category": "weapons"}, "category"),
    ({"sort": "random"}, "sort"),
    ({"min_price": -1}, "min_price"),
    ({"max_price": "cheap"}, "max_price"),
    ({"max_price": 10**30}, "max_price"),
    ({"min_price": 2, "max_price": 1}, "min_price"),
    ({"tag": [str(n) for n in range(11)]}, "tag"),
    ({"tag": "가" * 31}, "tag"),
    ({"session": "s" * 65}, "session"),
]


async def test_a_parameter_that_cannot_be_taken_is_named(client: httpx.AsyncClient) -> None:
    for parameters, field in WRONG:
        assert_problem(await client.get("/search", params=parameters), "VALIDATION_FAILED", field=field)


async def test_bytes_that_are_no_text_are_no_error_of_ours(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    for raw in ("%ff%fe", "%ed%a0%80", "%", "%zz"):
        assert (await client.get(f"/search?q={raw}")).status_code == 200


async def test_pages_show_everything_once(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        parameters: dict[str, Any] = {"limit": 2, "sort": "price_asc", **({"cursor": cursor} if cursor else {})}
        body = (await client.get("/search", params=parameters)).json()
        seen += [item["name"] for item in body["items"]]
        cursor = body["next_cursor"]
    assert seen == NAMES
    assert cursor is None


async def test_a_cursor_of_another_query_is_refused(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    cursor = (await client.get("/search", params={"q": "검", "limit": 1})).json()["next_cursor"]
    assert (await client.get("/search", params={"q": "검", "limit": 1, "cursor": cursor})).status_code == 200
    others: list[dict[str, str]] = [{"q": "방패"}, {}, {"q": "검", "category": "weapon"}, {"q": "검", "sort": "newest"}]
    for other in others:
        assert_problem(await client.get("/search", params={**other, "cursor": cursor}), "INVALID_CURSOR")
    for tampered in (cursor[:-1] + "_", cursor.swapcase(), cursor * 2, "", "0", "AAAA"):
        response = await client.get("/search", params={"q": "검", "cursor": tampered or "."})
        assert_problem(response, "INVALID_CURSOR", field="cursor")


async def test_what_is_not_approved_any_more_is_not_shown_though_the_index_still_holds_it(
    client: httpx.AsyncClient, ids: dict[str, str], database: Database
) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = 'rejected' WHERE id = %s", (ids["불타는 검"],))
        await transaction.execute("DELETE FROM items WHERE id = %s", (ids["나무 방패"],))
        await transaction.execute("UPDATE items SET price = 777 WHERE id = %s", (ids["얼음 검"],))
    body = (await client.get("/search", params={"q": "검"})).json()
    assert [(item["name"], item["price"]) for item in body["items"]] == [("얼음 검", 777)]
    assert await found(client, category="armor") == []


async def test_a_typing_error_is_corrected_and_told(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    body = (await client.get("/search", params={"q": "지팡아"})).json()
    assert body["corrected_to"]
    assert [item["name"] for item in body["items"]] == ["마법 지팡이"]


async def test_what_is_being_typed_is_completed(client: httpx.AsyncClient, ids: dict[str, str]) -> None:
    assert "마법 지팡이" in (await client.get("/search/suggest", params={"q": "마ㅂ"})).json()["items"]
    assert (await client.get("/search/suggest", params={"q": ""})).json() == {"items": []}
    assert_problem(await client.get("/search/suggest", params={"q": "a" * 201}), "VALIDATION_FAILED", field="q")


async def test_without_an_index_the_search_says_when_to_come_again(client: httpx.AsyncClient) -> None:
    for path in ("/search?q=검", "/search/suggest?q=검"):
        response = await client.get(path)
        assert_problem(response, "SEARCH_UNAVAILABLE")
        assert int(response.headers["retry-after"]) >= 1
