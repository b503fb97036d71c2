"""Generations of figures: read, switched and dropped."""

from __future__ import annotations

import pytest

from herofactory.insights import generations as kept
from herofactory.insights.figures.scope import active_scope
from herofactory.insights.generations import FIGURES
from herofactory.insights.keeping import segments
from herofactory.insights.keeping.place import Place
from herofactory.platform.postgres.database import Database
from herofactory.platform.replay import generations

pytestmark = pytest.mark.anyio
PLACE = Place(1, "search", 0, 0)


async def beside(database: Database, number: int) -> None:
    async with database.transaction() as transaction:
        await generations.adopt(transaction, FIGURES.target, "")
        await generations.add(transaction, FIGURES.target, number, "")


async def test_without_a_replay_readers_use_the_first(database: Database) -> None:
    assert (await active_scope(database)).generation == 1


async def test_readers_use_the_one_that_was_swapped_in(database: Database) -> None:
    await beside(database, 2)
    assert (await active_scope(database)).generation == 1

    async with database.transaction() as transaction:
        await generations.activate(transaction, FIGURES.target, 2)

    assert (await active_scope(database)).generation == 2


async def test_what_is_dropped_leaves_the_others_alone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "BATCH", 2)
    await beside(database, 2)
    async with database.transaction() as transaction:
        for number in range(5):
            await segments.append(transaction, {PLACE: [[number]], PLACE._replace(generation=2): [[number]]})

    assert await FIGURES.drop(database, 2) == 5
    assert await FIGURES.drop(database, 2) == 0

    rows = await database.fetch("SELECT generation FROM observations")
    assert [row["generation"] for row in rows] == [1] * 5


async def test_the_generation_that_is_read_cannot_be_dropped(database: Database) -> None:
    with pytest.raises(ValueError, match="generation 1 of insights is in use"):
        await FIGURES.drop(database, 1)
