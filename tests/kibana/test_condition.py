from __future__ import annotations

from kibana.condition import at_least, below, equals, kql, query


def test_values_are_quoted_and_numbers_are_not() -> None:
    assert equals("http.route", '/a "b"').kql() == 'http.route: "/a \\"b\\""'
    assert equals("window", "day", "week").kql() == 'window: ("day" or "week")'
    assert equals("http.response.status_code", 401).kql() == "http.response.status_code: 401"


def test_all_conditions_hold() -> None:
    both = (at_least("http.response.status_code", 400), below("http.response.status_code", 500))
    assert kql(both) == "http.response.status_code >= 400 and http.response.status_code < 500"
    assert [next(iter(each)) for each in query(both)["bool"]["filter"]] == ["range", "range"]


def test_no_condition_is_all() -> None:
    assert kql(()) == ""
    assert query(()) == {"bool": {"filter": []}}
