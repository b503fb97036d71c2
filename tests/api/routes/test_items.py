from __future__ import annotations

import unicodedata
from typing import Any
from uuid import UUID

import httpx
import pytest

from herofactory.platform.events import EventCodec
from herofactory.platform.postgres.database import Database
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio
Headers = dict[str, str]
NOWHERE = "00000000-0000-7000-8000-000000000000"


async def post(client: httpx.AsyncClient, headers: Headers, item: Any) -> dict[str, Any]:
    response = await client.post("/items", json=item, headers=headers)
    assert response.status_code == 201, response.text
    return dict(response.json())


async def set_status(database: Database, item_id: str, status: str) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = %s WHERE id = %s", (status, item_id))


async def test_an_accepted_item_is_pending_and_told_of_by_one_event(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any], database: Database, codec: EventCodec
) -> None:
    response = await client.post("/items", json=sword, headers=seller)
    item = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/v1/items/{item['id']}"
    assert {name: item[name] for name in sword} == sword
    assert (item["status"], item["seller_id"], item["revision"]) == ("pending", "seller-1", 1)
    assert item["image_url"] is None
    assert UUID(item["id"]).version == 7
    assert item["created_at"].endswith("Z")
    rows = await database.fetch("SELECT topic, key, payload FROM outbox")
    assert [(row["topic"], row["key"]) for row in rows] == [("item.created", item["id"])]
    assert codec.decode("item.created", bytes(rows[0]["payload"])).key == item["id"]


async def test_hangul_sent_decomposed_is_stored_composed_and_its_length_counts_composed(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any]
) -> None:
    name = "검" * 100
    decomposed = unicodedata.normalize("NFD", name)
    assert len(decomposed) == 300
    assert (await post(client, seller, {**sword, "name": decomposed}))["name"] == name


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "검" * 101),
        ("name", "검\x00"),
        ("name", "검\x07"),
        ("name", "검\u202e"),
        ("name", None),
        ("name", 7),
        ("description", "가" * 5001),
        ("description", "a\x00b"),
        ("description", None),
        ("category", "weapons"),
        ("category", None),
        ("category", "WEAPON"),
        ("tags", ["가"] * 2 + [str(n) for n in range(10)]),
        ("tags", ["가" * 31]),
        ("tags", "불"),
        ("price", -1),
        ("price", 1.5),
        ("price", 1e3),
        ("price", True),
        ("price", "1500"),
        ("price", None),
        ("price", 10**10),
        ("price", 10**400),
        ("image_id", "not an id"),
        ("image_id", NOWHERE),
        ("seller_id", "somebody else"),
        ("status", "approved"),
        ("revision", 7),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_a_field_that_cannot_be_taken_is_named(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any], field: str, value: Any
) -> None:
    response = await client.post("/items", json={**sword, field: value}, headers=seller)
    errors = assert_problem(response, "VALIDATION_FAILED")["errors"]
    assert any(each["field"].partition(".")[0] == field for each in errors), errors


@pytest.mark.parametrize("field", ["name", "description", "category", "price"])
async def test_a_missing_field_is_named(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any], field: str
) -> None:
    del sword[field]
    assert_problem(await client.post("/items", json=sword, headers=seller), "VALIDATION_FAILED", field=field)


async def test_all_wrong_fields_are_named_at_once(client: httpx.AsyncClient, seller: Headers) -> None:
    response = await client.post("/items", json={"name": 1, "price": -1, "colour": "red"}, headers=seller)
    named = {each["field"] for each in assert_problem(response, "VALIDATION_FAILED")["errors"]}
    assert named == {"name", "description", "category", "price", "colour"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"null null",
        b'{"name": "\xff\xfe"}',
        b'{"name": "\\ud800"}',
        b'{"\\udc00": 1}',
        b'{"price": NaN}',
        b'{"price": Infinity}',
        b'{"name": "a", "name": "b"}',
        b'{"price": ' + b"1" * 5000 + b"}",
        b'{"tags": ' + b"[" * 100 + b"]" * 100 + b"}",
        b"[" * 200_000,
        b"{'name': 'a'}",
        '{"name": "검"}'.encode("utf-16"),
    ],
    ids=lambda body: repr(body)[:30],
)
async def test_what_is_not_readable_as_json_is_refused(client: httpx.AsyncClient, seller: Headers, body: bytes) -> None:
    response = await client.post("/items", content=body, headers={**seller, "Content-Type": "application/json"})
    assert_problem(response, "INVALID_JSON" if body else "VALIDATION_FAILED")


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"7"])
async def test_json_that_is_no_object_is_refused(client: httpx.AsyncClient, seller: Headers, body: bytes) -> None:
    response = await client.post("/items", content=body, headers={**seller, "Content-Type": "application/json"})
    assert_problem(response, "VALIDATION_FAILED")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"])
async def test_a_body_of_another_content_type_is_refused(
    client: httpx.AsyncClient, seller: Headers, content_type: str
) -> None:
    response = await client.post("/items", content=b"{}", headers={**seller, "Content-Type": content_type})
    assert_problem(response, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_description_of_a_megabyte_is_refused_before_it_is_read(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any]
) -> None:
    response = await client.post("/items", json={**sword, "description": "a" * 1_000_000}, headers=seller)
    assert "1000000 bytes" in assert_problem(response, "PAYLOAD_TOO_LARGE")["detail"]


async def test_a_body_that_does_not_tell_its_length_is_bounded_all_the_same(
    client: httpx.AsyncClient, seller: Headers
) -> None:
    async def endless() -> Any:
        while True:
            yield b" " * 100_000

    headers = {**seller, "Content-Type": "application/json"}
    assert_problem(await client.post("/items", content=endless(), headers=headers), "PAYLOAD_TOO_LARGE")


async def test_the_same_idempotency_key_gives_the_first_answer_again(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, sword: dict[str, Any], database: Database
) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = await client.post("/items", json=sword, headers={**seller, **key})
    again = await client.post("/items", json=dict(reversed(sword.items())), headers={**seller, **key})
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    other = await client.post("/items", json={**sword, "price": 0}, headers={**seller, **key})
    assert_problem(other, "IDEMPOTENCY_KEY_REUSED")
    assert (await client.post("/items", json=sword, headers={**stranger, **key})).json()["id"] != first.json()["id"]
    assert len(await database.fetch("SELECT FROM outbox")) == 2


async def test_a_refused_request_does_not_use_up_its_idempotency_key(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any]
) -> None:
    headers = {**seller, "Idempotency-Key": "k-1"}
    refused = await client.post("/items", json={**sword, "image_id": NOWHERE}, headers=headers)
    assert_problem(refused, "VALIDATION_FAILED", field="image_id")
    assert (await client.post("/items", json=sword, headers=headers)).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "a b"])
async def test_an_idempotency_key_that_cannot_be_kept_is_refused(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any], key: str
) -> None:
    response = await client.post("/items", json=sword, headers={**seller, "Idempotency-Key": key})
    assert_problem(response, "VALIDATION_FAILED", field="Idempotency-Key")


async def test_a_new_price_keeps_the_verdict_and_a_new_name_asks_for_another(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any], database: Database
) -> None:
    item = await post(client, seller, sword)
    await set_status(database, item["id"], "approved")
    cheaper = (await client.patch(f"/items/{item['id']}", json={"price": 0}, headers=seller)).json()
    assert (cheaper["status"], cheaper["price"], cheaper["content_revision"]) == ("approved", 0, 1)
    renamed = (await client.patch(f"/items/{item['id']}", json={"name": "얼음 검"}, headers=seller)).json()
    assert (renamed["status"], renamed["name"], renamed["content_revision"]) == ("pending", "얼음 검", 2)
    assert renamed["description"] == sword["description"]
    topics = [row["topic"] for row in await database.fetch("SELECT topic FROM outbox ORDER BY seq")]
    assert topics == ["item.created", "item.mirrored", "item.mirrored", "item.mirrored", "item.updated"]


async def test_null_clears_what_may_be_empty_and_is_refused_elsewhere(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any]
) -> None:
    item = await post(client, seller, sword)
    cleared = {"description": None, "tags": None, "image_id": None}
    changed = (await client.patch(f"/items/{item['id']}", json=cleared, headers=seller)).json()
    assert (changed["description"], changed["tags"], changed["image_id"]) == ("", [], None)
    for field in ("name", "category", "price"):
        response = await client.patch(f"/items/{item['id']}", json={field: None}, headers=seller)
        assert_problem(response, "VALIDATION_FAILED", field=field)


async def test_a_change_of_nothing_changes_nothing(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any]
) -> None:
    item = await post(client, seller, sword)
    for body in ({}, sword):
        assert (await client.patch(f"/items/{item['id']}", json=body, headers=seller)).json() == item


async def test_an_unknown_field_of_a_change_is_refused(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any]
) -> None:
    item = await post(client, seller, sword)
    response = await client.patch(f"/items/{item['id']}", json={"status": "approved"}, headers=seller)
    assert_problem(response, "VALIDATION_FAILED", field="status")


async def test_an_unapproved_item_is_there_for_its_seller_and_moderators_only(
    client: httpx.AsyncClient,
    seller: Headers,
    stranger: Headers,
    moderator: Headers,
    sword: dict[str, Any],
    database: Database,
) -> None:
    item = await post(client, seller, sword)
    for status in ("pending", "rejected", "review"):
        await set_status(database, item["id"], status)
        for path in (f"/items/{item['id']}", f"/items/{item['id']}/status"):
            assert (await client.get(path, headers=seller)).json()["status"] == status
            assert (await client.get(path, headers=moderator)).json()["status"] == status
            assert_problem(await client.get(path, headers=stranger), "NOT_FOUND")
        assert_problem(await client.get(f"/items/{item['id']}"), "NOT_FOUND")
    await set_status(database, item["id"], "approved")
    assert (await client.get(f"/items/{item['id']}")).json()["name"] == sword["name"]
    assert_problem(await client.get(f"/items/{item['id']}/status", headers=stranger), "NOT_FOUND")


async def test_another_sellers_item_cannot_be_changed_or_deleted_not_even_by_a_moderator(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, moderator: Headers, sword: dict[str, Any]
) -> None:
    path = f"/items/{(await post(client, seller, sword))['id']}"
    for caller in (stranger, moderator):
        assert_problem(await client.patch(path, json={"price": 0}, headers=caller), "NOT_FOUND")
        assert_problem(await client.delete(path, headers=caller), "NOT_FOUND")
    assert (await client.get(path, headers=seller)).json()["price"] == sword["price"]


async def test_a_deleted_item_is_gone(client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any]) -> None:
    path = f"/items/{(await post(client, seller, sword))['id']}"
    response = await client.delete(path, headers=seller)
    assert (response.status_code, response.content) == (204, b"")
    for again in (client.get(path, headers=seller), client.delete(path, headers=seller)):
        assert_problem(await again, "NOT_FOUND")


@pytest.mark.parametrize("item_id", [NOWHERE, "7", "not-an-id", "%00", "x" * 1000])
async def test_an_id_that_is_none_of_ours_is_not_found(
    client: httpx.AsyncClient, seller: Headers, item_id: str
) -> None:
    path = f"/items/{item_id}"
    assert_problem(await client.get(path, headers=seller), "NOT_FOUND")
    assert_problem(await client.get(f"{path}/status", headers=seller), "NOT_FOUND")
    assert_problem(await client.patch(path, json={}, headers=seller), "NOT_FOUND")
    assert_problem(await client.delete(path, headers=seller), "NOT_FOUND")


async def test_own_items_come_newest_first_in_pages(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, sword: dict[str, Any]
) -> None:
    ids = [(await post(client, seller, {**sword, "price": n}))["id"] for n in range(5)]
    await post(client, stranger, sword)
    seen, cursor = [], None
    for _ in range(3):
        parameters = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await client.get("/items/mine", params=parameters, headers=seller)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (ids[::-1], None)
    assert (await client.get("/items?mine", headers=seller)).json()["items"][0]["id"] == ids[-1]


async def test_a_cursor_is_good_for_its_own_list_only(
    client: httpx.AsyncClient, seller: Headers, stranger: Headers, sword: dict[str, Any]
) -> None:
    for _ in range(2):
        await post(client, seller, sword)
    cursor = (await client.get("/items/mine?limit=1", headers=seller)).json()["next_cursor"]
    flipped = cursor[:-3] + ("A" if cursor[-3] != "A" else "B") + cursor[-2:]
    for wrong in (flipped, cursor + "A", cursor[:-1], "x", "%00", "a" * 3000, "é"):
        response = await client.get("/items/mine", params={"cursor": wrong}, headers=seller)
        assert_problem(response, "INVALID_CURSOR", field="cursor")
    assert_problem(await client.get("/items/mine", params={"cursor": cursor}, headers=stranger), "INVALID_CURSOR")


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1000000000", "ten", "1.5"])
async def test_a_limit_out_of_bounds_is_refused(client: httpx.AsyncClient, seller: Headers, limit: str) -> None:
    response = await client.get("/items/mine", params={"limit": limit}, headers=seller)
    assert_problem(response, "VALIDATION_FAILED", field="limit")


async def test_the_status_says_what_was_decided_and_why(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any]
) -> None:
    item = await post(client, seller, sword)
    status = (await client.get(f"/items/{item['id']}/status", headers=seller)).json()
    assert (status["status"], status["reasons"], status["tags"]) == ("pending", [], [])
    assert (status["policy"], status["decided_at"]) == (None, None)
