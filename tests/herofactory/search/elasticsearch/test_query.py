from __future__ import annotations

import json

import pytest

from herofactory.search.elasticsearch import query
from herofactory.search.plan import Group, Plan, Planner
from herofactory.search.query import SearchQuery, Sort


def test_what_is_gone_is_kept_out_of_every_query() -> None:
    gone = {"bool": {"must_not": {"term": {"gone": True}}}}
    assert query.everything() == gone
    assert query.filtered(None)["bool"]["filter"] == [gone]
    plan = Planner().plan("검")
    assert gone in query.filtered(query.matching(plan, "검"), SearchQuery("검", category="weapon"))["bool"]["filter"]


def test_all_groups_must_be_there_and_synonyms_count_less() -> None:
    plan = Plan(("검", "불"), (Group(("검",), (("sword",),)), Group(("불",))))
    asked = query.matching(plan, "검 불")["bool"]
    first, second = asked["must"]
    assert [part["dis_max"]["boost"] for part in first["dis_max"]["queries"]] == [1.0, 0.4]
    assert len(second["dis_max"]["queries"]) == 4
    assert len(asked["should"]) == 2


def test_operators_in_a_text_stay_text() -> None:
    plan = Planner().plan('검 AND "방패" name:*')
    assert "query_string" not in json.dumps(query.matching(plan, '검 AND "방패" name:*'))


def test_synonyms_are_bounded_so_that_no_query_has_too_many_clauses() -> None:
    many = tuple((f"word{n}",) for n in range(90))
    plan = Plan(("a",), tuple(Group((str(n),), many) for n in range(32)))
    asked = query.matching(plan, "a")["bool"]["must"]
    assert sum(len(group["dis_max"]["queries"]) for group in asked) < 100 + 32 * 5


def test_filters_leave_the_score_alone() -> None:
    wanted = SearchQuery("검", category="weapon", tags=("Rare",), min_price=0, max_price=5)
    filters = query.filtered(None, wanted)["bool"]["filter"][1:]
    assert filters == [
        {"term": {"category": {"value": "weapon", "boost": 1.0}}},
        {"term": {"tag": {"value": "rare", "boost": 1.0}}},
        {"range": {"price": {"gte": 0, "lte": 5}}},
    ]


@pytest.mark.parametrize("sort", Sort)
def test_every_order_ends_with_what_tells_equals_apart(sort: Sort) -> None:
    assert query.order(SearchQuery("검", sort=sort))[-1] == {"id": "asc"}
    assert query.order(SearchQuery(sort=Sort.RELEVANCE))[0] == {"created_at": "desc"}
