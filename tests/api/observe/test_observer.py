from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from api.services import Services
from herofactory.platform.events.headers import Headers as EventHeaders
from herofactory.platform.events.search import ItemViewed, SearchClicked, SearchQueried
from herofactory.platform.postgres.database import Database
from tests.api.observe.conftest import Observe, records

pytestmark = pytest.mark.anyio
Headers = dict[str, str]
TRACE = "0af7651916cd43dd8448eb211c80319c"


async def search(client: httpx.AsyncClient, headers: Headers | None = None, **parameters: Any) -> dict[str, Any]:
    response = await client.get("/search", params=parameters, headers=headers)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_a_search_is_told_of_with_all_that_was_asked_and_shown(
    client: httpx.AsyncClient, ids: list[str], observed: Observe
) -> None:
    asked: dict[str, Any] = {
        "q": " 불타는  검 ",
        "category": "weapon",
        "tag": [],
        "min_price": 1,
        "max_price": 5000,
        "session": "visit-1",
    }
    body = await search(client, **asked)
    (event,) = await observed(1)
    assert isinstance(event, SearchQueried)
    assert (event.query_id, event.session, event.user_id) == (body["query_id"], "visit-1", None)
    assert re.fullmatch("[0-9a-f]{16}", event.person)
    assert (event.text, event.normalised) == ("불타는 검", "불타는 검")
    assert (event.category, event.tags, event.min_price, event.max_price) == ("weapon", (), 1, 5000)
    assert (event.sort, event.page, event.source) == ("relevance", 1, "typed")
    assert (event.total, event.shown) == (body["total"], tuple(item["id"] for item in body["items"]))
    assert event.shown[0] == ids[0]
    assert event.latency_ms > 0
    assert event.corrected_to is None


async def test_the_event_belongs_to_the_trace_of_its_request(
    client: httpx.AsyncClient, ids: list[str], services: Services, observed: Observe
) -> None:
    await search(client, {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, q="검")
    await observed(1)
    headers = EventHeaders.parse(records(services)[0].headers)
    assert headers.event_type == "search.query"
    assert headers.traceparent is not None
    assert TRACE in headers.traceparent


async def test_the_pages_of_a_search_share_its_id(client: httpx.AsyncClient, ids: list[str], observed: Observe) -> None:
    cursor, seen = None, []
    for _ in range(3):
        body = await search(client, q="", limit=2, **({"cursor": cursor} if cursor else {}))
        cursor = body["next_cursor"]
        seen.append(body["query_id"])
    events = await observed(3)
    assert len(set(seen)) == 1
    assert [(each.query_id, each.page) for each in events if isinstance(each, SearchQueried)] == [
        (seen[0], page) for page in (1, 2, 3)
    ]


async def test_browsing_has_no_text_and_a_correction_is_told(
    client: httpx.AsyncClient, ids: list[str], observed: Observe
) -> None:
    await search(client)
    body = await search(client, q="지팡아")
    browsed, corrected = await observed(2)
    assert isinstance(browsed, SearchQueried)
    assert isinstance(corrected, SearchQueried)
    assert (browsed.text, browsed.normalised) == ("", "")
    assert corrected.corrected_to == body["corrected_to"] is not None


async def test_personal_data_is_masked_before_anything_is_told(
    client: httpx.AsyncClient, ids: list[str], observed: Observe, services: Services
) -> None:
    await search(client, q="검 Hero@Example.com 010-1234-5678", tag="01012345678")
    (event,) = await observed(1)
    assert isinstance(event, SearchQueried)
    assert (event.text, event.normalised) == ("검 [email] [phone]", "검 [email] [phone]")
    assert event.tags == ("[phone]",)
    stored = records(services)[0].value or b""
    assert b"1234" not in stored
    assert b"xample" not in stored


async def test_a_person_is_the_user_else_the_session_else_address_and_agent(
    client: httpx.AsyncClient, ids: list[str], observed: Observe, stranger: Headers, services: Services
) -> None:
    await search(client, stranger, session="a")
    await search(client, stranger, session="b")
    await search(client, session="a")
    await search(client, {"X-Session": "a"})
    await search(client, {"User-Agent": "one"})
    await search(client, {"User-Agent": "one"})
    await search(client, {"User-Agent": "two"})
    events = [each for each in await observed(7) if isinstance(each, SearchQueried)]
    people = [each.person for each in events]
    assert people[0] == people[1]
    assert people[2] == people[3]
    assert people[4] == people[5]
    assert len(set(people)) == 4
    assert [each.user_id for each in events] == ["seller-2", "seller-2", *[None] * 5]
    assert [each.session for each in events[:4]] == ["a", "b", "a", "a"]
    assert events[4].session == events[5].session != events[6].session
    assert not any(b"192.0.2.1" in (record.value or b"") for record in records(services))


async def test_tests_and_replays_are_marked_and_nobody_outside_simulates(
    client: httpx.AsyncClient, ids: list[str], observed: Observe
) -> None:
    await search(client, {"X-Source": "test"}, source="suggestion")
    await search(client, {"X-Source": "replay"})
    await search(client, source="suggestion")
    for refused in (
        await client.get("/search", params={"source": "simulated"}),
        await client.get("/search", params={"source": "test"}),
        await client.get("/search", headers={"X-Source": "simulated"}),
    ):
        assert refused.status_code == 422
    events = await observed(3)
    assert [each.source for each in events if isinstance(each, SearchQueried)] == ["test", "replay", "suggestion"]


@pytest.mark.parametrize("session", ["s" * 65, "hero@example.com", "a b", "검", "a\n"])
async def test_a_session_that_may_name_a_person_is_refused(client: httpx.AsyncClient, session: str) -> None:
    response = await client.get("/search", params={"session": session})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "session"


async def test_an_answer_that_nobody_looks_at_is_not_told_of(
    client: httpx.AsyncClient, ids: list[str], observed: Observe
) -> None:
    assert (await client.head("/search", params={"q": "검"})).status_code == 200
    assert (await client.head(f"/items/{ids[0]}")).status_code == 200
    await search(client, {"Sec-Purpose": "prefetch;prerender"}, q="검")
    await observed(0)


async def test_a_search_that_is_refused_is_not_told_of(client: httpx.AsyncClient, observed: Observe) -> None:
    assert (await client.get("/search", params={"q": "검", "limit": 0})).status_code == 422
    assert (await client.get("/search", params={"q": "검"})).status_code == 503
    await observed(0)


async def test_a_view_is_told_of_unless_it_is_work(
    client: httpx.AsyncClient,
    ids: list[str],
    observed: Observe,
    seller: Headers,
    stranger: Headers,
    moderator: Headers,
    database: Database,
) -> None:
    query_id = (await search(client, {"X-Source": "test"}, q="검"))["query_id"]
    for headers in (seller, moderator):
        assert (await client.get(f"/items/{ids[0]}", headers=headers)).status_code == 200
    await client.get(f"/items/{ids[1]}", headers=stranger, params={"session": "v", "query_id": query_id})
    old = "01890000-0000-7000-8000-000000000000"
    await client.get(f"/items/{ids[1]}", params={"session": "v", "query_id": old})
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = 'review' WHERE id = %s", (ids[2],))
    assert (await client.get(f"/items/{ids[2]}", headers=stranger)).status_code == 404
    _, known, anonymous = await observed(3)
    assert isinstance(known, ItemViewed)
    assert isinstance(anonymous, ItemViewed)
    assert (known.item_id, known.session, known.user_id, known.query_id) == (ids[1], "v", "seller-2", query_id)
    assert (anonymous.user_id, anonymous.query_id, anonymous.source) == (None, None, "typed")


async def test_a_click_is_told_of_with_its_search_and_position(
    client: httpx.AsyncClient, ids: list[str], observed: Observe, seller: Headers
) -> None:
    query_id = (await search(client, {"X-Source": "test"}, q="검"))["query_id"]
    path = f"/search/{query_id}/clicks"
    for body in ({"item_id": ids[0], "position": 3, "after_ms": 1500}, {"item_id": ids[1], "position": 1}):
        response = await client.post(path, json=body, params={"session": "v"})
        assert (response.status_code, response.content) == (204, b"")
    assert (await client.post(path, json={"item_id": ids[0], "position": 1}, headers=seller)).status_code == 204
    _, measured, derived = await observed(3)
    assert isinstance(measured, SearchClicked)
    assert isinstance(derived, SearchClicked)
    assert (measured.query_id, measured.session, measured.item_id) == (query_id, "v", ids[0])
    assert (measured.position, measured.after_ms) == (3, 1500)
    assert derived.after_ms is not None
    assert 0 <= derived.after_ms < 60_000


async def test_while_the_log_hangs_every_request_is_answered(
    client: httpx.AsyncClient, ids: list[str], services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    entered, release = Event(), Event()
    publish = services.log.publish

    def hang(messages: Any) -> Any:
        entered.set()
        release.wait()
        return publish(messages)

    monkeypatch.setattr(services.log, "publish", hang)
    query_id = (await search(client, q="검"))["query_id"]
    assert entered.wait(10)
    await search(client, q="검")
    click = {"item_id": ids[0], "position": 1}
    assert (await client.post(f"/search/{query_id}/clicks", json=click)).status_code == 204
    assert (await client.get(f"/items/{ids[0]}")).status_code == 200
    assert records(services) == []  # all were answered before the log took anything
    release.set()
    services.observer.close()
    assert len(records(services)) == 4


async def test_without_a_key_nothing_is_told_and_everything_is_answered(
    client: httpx.AsyncClient, ids: list[str], services: Services, observed: Observe
) -> None:
    services.observer._pseudonyms._key = None
    await search(client, q="검")
    assert (await client.get(f"/items/{ids[0]}")).status_code == 200
    await observed(0)


async def test_an_observation_that_cannot_be_made_fails_no_request(
    client: httpx.AsyncClient, ids: list[str], services: Services, observed: Observe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> bytes:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(services.observer._codec, "encode", broken)
    await search(client, q="검")
    await observed(0)
