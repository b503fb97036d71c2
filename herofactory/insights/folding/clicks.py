"""Clicks by the search they answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from herofactory.insights.folding.order import in_order
from herofactory.insights.observation import Click, Search
from herofactory.insights.routing import query_time
from herofactory.insights.rules import QUERY_ID_S


class Clicks:
    def __init__(self, clicks: Iterable[Click]) -> None:
        self._by_query: defaultdict[tuple[int, str], list[Click]] = defaultdict(list)
        for click in in_order(clicks):
            self._by_query[click.person, click.query_id].append(click)

    def of(self, search: Search) -> Sequence[Click]:
        """In order. A query id of another time than its search's names none: its clicks are in other hours."""
        found = self._by_query.get((search.person, search.query_id), ())
        return found if found and abs(query_time(search.query_id) - search.at) <= QUERY_ID_S else ()
