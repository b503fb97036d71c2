"""Figures as documents, of a real database with figures of the real fold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.catalog.item import Content
from herofactory.catalog.service import Catalog
from herofactory.insights.exporting.documents import LAG, Export, hours_due
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.search.embedded.store import IndexStore
from kibana.templates import component_templates
from tests.support.looked import Looked
from tests.support.mirror import index_mirror, index_writer

HOUR = timedelta(hours=1)
NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
NAMES = ("불타는 검", "얼음 검", "나무 방패")


@pytest.fixture
async def ids(database: Database, outbox: Outbox, tmp_path: Path) -> list[str]:
    catalog, ids = Catalog(outbox), []
    with index_writer(tmp_path / "search") as writer:
        async with database.transaction() as transaction:
            for name in NAMES:
                item = await catalog.create(transaction, "seller-1", Content(name, "그림", "weapon", (), 1000))
                ids.append(str(item.id))
            await transaction.execute("UPDATE items SET status = 'approved'")
        await index_mirror(database, writer)
    return ids


async def documents(database: Database, folder: Path, hour: datetime) -> dict[str, Mapping[str, Any]]:
    reader = IndexStore(folder / "search").open_reader()
    try:
        made = [each async for each in Export(database, reader, hour).documents()]
    finally:
        reader.close()
    assert len({each.id for each in made}) == len(made)
    return {each.id: each.fields for each in made}


def of(figure: str, found: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [fields for fields in found.values() if fields["figure"] == figure]


def an_hour_hence() -> datetime:
    """What was seen some minutes ago lies within the hour before it."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + HOUR


@pytest.mark.anyio
async def test_what_at_least_five_people_did_is_told_by_the_names_that_dashboards_know(
    database: Database, ids: list[str], tmp_path: Path
) -> None:
    looked = Looked().search("검", range(6), clicked=ids[:2]).search("비밀", range(10, 14), clicked=ids[2:])
    await looked.search("사이버 닌자", range(20, 27), total=0).fold(database)
    await Looked("simulated").search("모의 방패", range(40, 60)).fold(database)
    async with database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO missing_terms (term, form, tokens, kind, state, first_at, last_at, answered_by, answered_at)"
            " VALUES ('사이버닌자', '사이버 닌자', '{}', 'no_results', 'answered', now(), now(), %s, now())",
            (ids[0],),
        )
    found = await documents(database, tmp_path, an_hour_hence())
    assert "비밀" not in str(found)
    assert "모의" not in str(found)

    popular = {each["term"]: each for each in of("popular", found)}
    assert (popular["검"]["people"], popular["검"]["searches"], popular["검"]["click_through_rate"]) == (6, 6, 1.0)
    [item, _] = of("item", found)
    assert (item["item"]["name"], item["people"], item["rank"]) == (NAMES[0], 6, 1)
    [answered] = of("answered", found)
    assert (answered["term"], answered["item"]["id"], answered["state"]) == ("사이버 닌자", ids[0], "answered")
    [missing] = of("missing", found)
    assert (missing["people"], missing["no_result_rate"], missing["state"]) == (7, 1.0, "answered")
    similar = {(each["term"], each["item"]["name"]): each.get("people") for each in of("similar", found)}
    assert similar[NAMES[0], NAMES[1]] == 6
    assert {each["window"] for each in of("quality", found)} == {"hour", "day"}

    known = component_templates()["herofactory-insights"]["template"]["mappings"]["properties"].keys()
    for fields in found.values():
        assert fields.keys() <= known | {"@timestamp"}
        assert fields.get("people", 5) >= 5


@pytest.mark.anyio
async def test_an_hour_without_anything_is_told_once_with_no_rates(
    database: Database, ids: list[str], tmp_path: Path
) -> None:
    found = await documents(database, tmp_path, NOW.replace(minute=0))
    assert [(fields["figure"], set(fields)) for fields in found.values()] == [
        ("quality", {"@timestamp", "window", "figure"})
    ] * 2


@pytest.mark.anyio
async def test_the_same_hour_gives_the_same_documents_and_another_one_others(
    database: Database, ids: list[str], tmp_path: Path
) -> None:
    await Looked().search("검", range(6), clicked=ids[:2]).fold(database)
    hour = an_hour_hence()
    first = await documents(database, tmp_path, hour)
    assert await documents(database, tmp_path, hour) == first
    assert not first.keys() & (await documents(database, tmp_path, hour + HOUR)).keys()


@given(st.none() | st.integers(0, 100), st.integers(0, 59))
def test_every_hour_is_due_once_and_at_most_a_day_of_them(hours_ago: int | None, minute: int) -> None:
    now = NOW.replace(minute=minute)
    last = None if hours_ago is None else NOW.replace(minute=0) - hours_ago * HOUR
    due = hours_due(last, now)
    assert due == sorted(set(due))
    assert len(due) <= 24
    assert all(hour <= now - LAG and hour.minute == 0 for hour in due)
    if last is not None:
        assert all(hour > last for hour in due)
        assert not due or hours_due(due[-1], now) == []
