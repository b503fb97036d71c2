"""Simulated traffic: what was put in as missing is listed, once each, and nothing that is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from herofactory.insights.bucket import HOUR_S, Fold
from herofactory.insights.figures.scope import Scope
from herofactory.insights.keeping import days, hours
from herofactory.insights.keeping.place import Place
from herofactory.insights.missing.finding import Finds, finds_with
from herofactory.insights.missing.listing import missing_terms
from herofactory.insights.simulation.plan import Plan
from herofactory.insights.simulation.simulator import Simulator
from herofactory.insights.terms import term_of
from herofactory.insights.window import Range
from herofactory.platform.postgres.database import Database
from herofactory.search.document import ItemDocument
from herofactory.search.embedded.store import IndexStore
from herofactory.search.write import Upsert
from tests.herofactory.insights.simulated import ITEMS, MONDAY, folds
from tests.support.mirror import index_writer

pytestmark = pytest.mark.anyio
SEEDS = (3, 4, 5, 6, 7)
PLAN = Plan(MONDAY, days=4, visits=2_000, bursts=0)
DURING = Range.of(MONDAY, MONDAY + timedelta(days=PLAN.days))


@cache
def simulated(seed: int) -> tuple[Simulator, Sequence[Fold]]:
    simulator = Simulator(replace(PLAN, seed=seed), ITEMS)
    return simulator, list(folds(simulator.events()))


@pytest.fixture(scope="module")
def finds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finds]:
    """The search over the items that the simulation is about."""
    folder = tmp_path_factory.mktemp("index")
    documents = [ItemDocument(item.id, 1, item.name, "", "weapon", 1, MONDAY, item.tags) for item in ITEMS]
    with index_writer(folder) as writer:
        writer.apply([Upsert(document) for document in documents])
        reader = IndexStore(folder).open_reader()
        yield finds_with(reader)
        reader.close()


async def fill(database: Database, seed: int) -> Simulator:
    simulator, folded = simulated(seed)
    start = int(MONDAY.timestamp())
    async with database.transaction() as transaction:
        for n, fold in enumerate(folded):
            await hours.replace(transaction, Place(1, "search", start + n * HOUR_S, 0), fold)
        for day in range(int(PLAN.days)):
            await days.merge(transaction, 1, (MONDAY + timedelta(days=day)).date())
    return simulator


async def written(database: Database) -> frozenset[str]:
    rows = await database.fetch("SELECT DISTINCT jsonb_object_keys(forms) AS form FROM term_buckets")
    return frozenset(row["form"] for row in rows)


@pytest.mark.parametrize("seed", SEEDS)
async def test_all_that_is_missing_is_listed_once_and_nothing_that_is_there(
    database: Database, finds: Finds, seed: int
) -> None:
    simulator = await fill(database, seed)
    rows = await missing_terms(database, Scope(1, simulated=True), DURING, limit=1_000, public=False)
    by_figures = [row for row in rows if row.kind == "no_results"]
    empty = {row.form: row for row in by_figures if not await finds(row.form)}  # as the keeper asks
    injected = {text: vain for text, vain in simulator.truth.missing.items() if vain.searches}
    there = {term_of(text) for item in ITEMS for text in (item.name, *item.name.split()) if len(text) > 1}
    typed = await written(database)
    spellings = [(text, each) for text, vain in injected.items() for each in typed & vain.variants - {text}]
    folded = [each for text, each in spellings if each in empty[text].variants]
    slips = [row for row in empty.values() if row.form not in injected]
    print(f"seed {seed}: {len(by_figures)} by figures, {len(empty)} after asking the search;")
    print(f"  {len(folded)} of {len(spellings)} spellings folded; slips of what is there: {len(slips)} terms,")
    print(f"  of {sum(row.people for row in slips)} people, at most {max(row.people for row in slips)} for one")

    assert injected.keys() <= empty.keys()
    assert not {row.term for row in empty.values()} & there
    assert len(spellings) > 20
    assert len(folded) >= 0.9 * len(spellings)
    assert all(row.people < min(empty[text].people for text in injected) for row in slips)
    for text, vain in injected.items():
        assert empty[text].people >= len(vain.people)
        assert empty[text].rate == 1.0


@pytest.mark.parametrize("seed", SEEDS)
async def test_terms_that_find_something_nobody_wants_are_told_from_bad_luck(database: Database, seed: int) -> None:
    simulator = await fill(database, seed)
    rows = await missing_terms(database, Scope(1, simulated=True), DURING, limit=1_000, public=False)
    ignored = {term_of(text) for text in simulator.truth.ignored}
    unwanted = [row for row in rows if row.kind == "no_clicks"]
    print(f"{len(unwanted)} of {len(ignored)} terms that nobody clicks have enough searches to be told")
    assert {row.term for row in unwanted} <= ignored
    assert all(row.rate == 1.0 for row in unwanted)
