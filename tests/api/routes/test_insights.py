"""Figures over HTTP, made by the real fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest

from herofactory.accounts.principal import Role
from herofactory.insights.jobs import facts
from herofactory.insights.jobs.facts import Fact
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from tests.api.conftest import bearer
from tests.support.looked import AGO, Looked
from tests.support.mirror import index_writer
from tests.support.problems import assert_problem

pytestmark = pytest.mark.anyio
Headers = dict[str, str]
LISTS = ("searches/popular", "searches/trending", "searches/missing", "items/popular")


@pytest.fixture
async def figures(database: Database) -> None:
    """Six people looked for 마법검 in two spellings, two for 비밀, five in vain for 사이버 닌자."""
    looked = Looked().search("마법 검", range(4)).search("마법검", range(3, 6), ago=AGO + timedelta(minutes=1))
    looked.search("비밀", range(20, 22))
    looked.search("사이버 닌자", range(10, 15), total=0)
    looked.search("마법 검", range(9), ago=timedelta(days=1, hours=2))
    await looked.fold(database)
    await Looked("simulated").search("모의 방패", range(100, 107)).fold(database)


async def get(
    client: httpx.AsyncClient, path: str, headers: Headers | None = None, since: datetime | None = None, **query: str
) -> Any:
    start = {"from": since.isoformat()} if since else {}
    answer = await client.get(f"/insights/{path}", params={**query, **start}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("path", LISTS)
async def test_without_traffic_every_list_is_empty_and_says_what_it_is_of(
    client: httpx.AsyncClient, index: None, path: str
) -> None:
    answer = await get(client, path, window="week")
    assert (answer["items"], answer["next_cursor"], answer["window"]) == ([], None, "week")
    assert (answer["simulated"], answer["has_simulated"], answer["raw"]) == (False, False, False)
    length = datetime.fromisoformat(answer["to"]) - datetime.fromisoformat(answer["from"])
    assert length == timedelta(days=7)


@pytest.mark.usefixtures("figures")
async def test_popular_terms_count_people_once_over_all_spellings(client: httpx.AsyncClient) -> None:
    answer = await get(client, "searches/popular")
    first = answer["items"][0]
    assert (first["term"], first["people"], first["rank"], first["previous_rank"]) == ("마법 검", 6, 1, 1)
    assert first["change"] == "same"
    assert first["searches"] == sum(first["series"])
    assert [item["term"] for item in answer["items"]] == ["마법 검", "사이버 닌자"]


@pytest.mark.usefixtures("figures")
async def test_what_few_people_did_is_for_moderators_alone(
    client: httpx.AsyncClient, moderator: Headers, seller: Headers
) -> None:
    assert "비밀" not in str([await get(client, path) for path in ("searches/popular", "searches/quality")])
    raw = await get(client, "searches/popular", moderator, raw="true")
    assert "비밀" in [item["term"] for item in raw["items"]]
    assert raw["raw"] is True
    for headers in (None, seller):
        answer = await client.get("/insights/searches/popular?raw=true", headers=headers)
        assert_problem(answer, "FORBIDDEN")


@pytest.mark.usefixtures("figures")
async def test_simulated_figures_are_only_shown_when_asked_for(client: httpx.AsyncClient) -> None:
    real = await get(client, "searches/popular")
    assert "모의 방패" not in str(real)
    assert (real["simulated"], real["has_simulated"]) == (False, True)
    both = await get(client, "searches/popular", include="simulated")
    assert both["simulated"] is True
    assert "모의 방패" in [item["term"] for item in both["items"]]


@pytest.mark.usefixtures("figures", "index")
async def test_a_missing_term_says_what_to_generate(client: httpx.AsyncClient) -> None:
    [item] = (await get(client, "searches/missing"))["items"]
    assert (item["term"], item["people"], item["rate"], item["rank"]) == ("사이버 닌자", 5, 1.0, 1)
    assert item["prompt"].startswith("사이버 닌자")
    assert (item["state"], item["kind"], item["status"]) == ("open", "no_results", None)


@pytest.fixture
async def noticed(database: Database, figures: None) -> None:
    async with database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO missing_terms (term, form, tokens, kind, first_at, last_at)"
            " VALUES ('사이버닌자', '사이버 닌자', '{}', 'no_results', now(), now())"
        )


@pytest.mark.usefixtures("noticed", "index")
async def test_a_dismissed_term_is_not_shown_until_it_is_opened_again(
    client: httpx.AsyncClient, moderator: Headers
) -> None:
    path = f"/insights/searches/missing/{quote('사이버 닌자')}"
    for _ in range(2):
        assert (await client.post(f"{path}/dismiss", headers=moderator)).status_code == 204
    assert (await get(client, "searches/missing"))["items"] == []
    [item] = (await get(client, "searches/missing", moderator, raw="true", state="dismissed"))["items"]
    assert item["status"]["dismissed_by"] == "moderator-1"
    assert (await client.post(f"{path}/reopen", headers=moderator)).status_code == 204
    assert len((await get(client, "searches/missing"))["items"]) == 1


@pytest.mark.usefixtures("noticed")
async def test_only_moderators_dismiss_and_only_what_is_missing(
    client: httpx.AsyncClient, moderator: Headers, seller: Headers
) -> None:
    path = f"/insights/searches/missing/{quote('사이버 닌자')}/dismiss"
    assert_problem(await client.post(path), "TOKEN_REQUIRED")
    assert_problem(await client.post(path, headers=seller), "FORBIDDEN")
    for unknown in ("x", "a/b", "%00"):
        answer = await client.post(f"/insights/searches/missing/{unknown}/dismiss", headers=moderator)
        assert answer.status_code in (404, 422), answer.text


@pytest.mark.usefixtures("figures")
async def test_quality_is_null_where_few_searched(client: httpx.AsyncClient, moderator: Headers) -> None:
    whole = await get(client, "searches/quality", window="day")
    assert whole["no_result_rate"] == pytest.approx(5 / 13)
    assert whole["click_through_rate"] == 0
    assert whole["robots"] is None
    assert {point["no_result_rate"] for point in whole["points"]} >= {None}
    past = datetime.now(UTC) - timedelta(days=30)
    none = await get(client, "searches/quality", since=past, to=(past + timedelta(1)).isoformat())
    assert {none[name] for name in ("people", "searches", "no_result_rate", "mean_position")} == {None}
    assert (await get(client, "searches/quality", moderator, raw="true"))["robots"] == 0


async def test_popular_items_are_listed_ones_as_items_are(
    client: httpx.AsyncClient, seller: Headers, sword: dict[str, Any], database: Database
) -> None:
    ids = [(await client.post("/items", json=sword, headers=seller)).json()["id"] for _ in range(3)]
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE items SET status = 'approved' WHERE id <> %s", (ids[2],))
    await Looked().search("검", range(6), clicked=ids).search("불", range(20, 22), clicked=[ids[1]]).fold(database)
    items = (await get(client, "items/popular"))["items"]
    assert [(item["id"], item["people"], item["clicks"], item["views"]) for item in items] == [
        (ids[1], 8, 2, 8),
        (ids[0], 6, 6, 6),
    ]
    assert (items[0]["rank"], items[0]["change"], items[0]["name"]) == (1, "new", sword["name"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("window=year", "window"),
        ("window=day&from=2026-01-01T00:00:00Z", "window"),
        ("to=2026-01-01T00:00:00Z", "from"),
        ("from=yesterday", "from"),
        ("from=2026-01-01T00:00:00", "from"),
        ("from=2026-01-01T00:00:00+09:00", "from"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("from=2025-01-01T00:00:00Z&to=2025-06-01T00:00:00Z", "from"),
        ("from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z", "from"),
        ("from=2026-01-01T00:00:00Z&to=9999-01-01T00:00:00Z", "to"),
        ("limit=101", "limit"),
        ("limit=0", "limit"),
        ("include=everything", "include"),
    ],
)
async def test_what_cannot_be_asked_for_is_named(client: httpx.AsyncClient, query: str, field: str) -> None:
    assert_problem(await client.get(f"/insights/searches/popular?{query}"), "VALIDATION_FAILED", field=field)


@pytest.mark.usefixtures("figures", "index")
@pytest.mark.parametrize("path", [*LISTS, "searches/quality"])
async def test_any_range_of_up_to_ninety_days_is_answered(client: httpx.AsyncClient, path: str) -> None:
    now = datetime.now(UTC)
    for length in (timedelta(minutes=1), timedelta(hours=5), timedelta(days=3), timedelta(days=90)):
        answer = await get(client, path, since=now - length)
        assert answer["window"] is None


async def test_traffic_is_for_moderators(
    client: httpx.AsyncClient, moderator: Headers, token_of: Callable[[str, Role], str]
) -> None:
    assert_problem(await client.get("/insights/traffic"), "TOKEN_REQUIRED")
    answer = await get(client, "traffic", moderator, window="hour")
    assert (answer["total"]["requests"], answer["total"]["p50_ms"], answer["items"]) == (0, None, [])
    assert len(answer["points"]) == len(answer["series"]) == 60
    week = await get(client, "traffic", bearer(token_of("admin-1", "admin")), window="week")
    assert (week["step"], len(week["points"])) == ("hour", 168)


@pytest.fixture
def index(settings: Settings) -> None:
    """An empty one, so that the search answers."""
    with index_writer(settings.folder / "search"):
        pass


async def test_generations_of_few_people_are_for_moderators_alone(
    client: httpx.AsyncClient, database: Database, moderator: Headers
) -> None:
    async def asked(people: range) -> None:
        now = datetime.now(UTC) - timedelta(minutes=5)
        async with database.transaction() as transaction:
            for person in people:
                job_id = UUID(int=person + 1)
                told = Fact(job_id, f"owner-{person}", "pixel", now)
                ended = now + timedelta(seconds=person)
                end = Fact(job_id, told.owner_id, "pixel", None, ended, "completed", images=1)
                await facts.note(transaction, 1, [told, end if person else replace(end, ending="failed", cause="LOST")])

    await asked(range(4))
    hidden = await get(client, "generations", window="hour")
    assert (hidden["requested"], hidden["presets"], hidden["causes"]) == (None, [], [])
    raw = await get(client, "generations", moderator, window="hour", raw="true")
    assert (raw["requested"], raw["completed"], raw["failed"], raw["people"]) == (4, 3, 1, 4)
    assert (raw["p50_s"], raw["causes"]) == (2.0, [{"cause": "LOST", "failed": 1}])

    await asked(range(4, 6))
    shown = await get(client, "generations", window="day")
    assert (shown["requested"], shown["presets"][0]["preset"], shown["causes"]) == (6, "pixel", [])
    assert sum(point["requested"] or 0 for point in shown["points"]) == 6
