from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from herofactory.insights.missing.nearest import NearestTerm, nearest_items
from herofactory.search.document import ItemDocument
from herofactory.search.embedded.store import IndexStore
from herofactory.search.write import Upsert
from tests.support.mirror import index_writer


@pytest.mark.parametrize(
    ("missing", "near"),
    [("마그마 골렘", "얼음골렘"), ("좀비 기사", "기사"), ("고브린", "고블린"), ("우주 낚싯대", None)],
)
def test_the_nearest_term_shares_words_or_nearly_all_letters(missing: str, near: str | None) -> None:
    finding = {"얼음골렘": 9, "고블린": 20, "기사": 8, "기사의 검": 7, "마그마": 2}
    assert NearestTerm(finding).to(missing) == near


def test_without_terms_that_find_something_none_is_nearest() -> None:
    assert NearestTerm({}).to("마그마 골렘") is None


def test_the_nearest_items_have_some_of_its_words(tmp_path: Path) -> None:
    names = ["얼음 골렘", "바위 골렘", "마그마 검", "낡은 활"]
    with index_writer(tmp_path) as writer:
        writer.apply(
            [Upsert(ItemDocument(f"i{n}", 1, name, "", "weapon", 1, datetime.now(UTC))) for n, name in enumerate(names)]
        )
        reader = IndexStore(tmp_path).open_reader()
        found = nearest_items(reader, "마그마 골렘")
        reader.close()
    assert {each.name for each in found} == {"얼음 골렘", "바위 골렘", "마그마 검"}
