"""Takes events in, sorted by where they belong. What it leaves out depends on the log, never on who reads it when."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from herofactory.insights.observation import EXCLUDED, SHARDS
from herofactory.insights.routing import (
    canonical_uuid,
    hour_of,
    query_time,
    touched_by_click,
    touched_by_search,
    touched_by_view,
)
from herofactory.insights.rows import click_row, search_row, view_row
from herofactory.insights.rules import AHEAD_S, LATE_S
from herofactory.insights.segment import Row
from herofactory.platform.events.search import Source

HourShard = tuple[int, int]


class Refused(ValueError):
    """An event that can never count, because it contradicts itself."""


class Intake:
    """Of one chunk. Each method takes one event, or raises Refused and takes nothing of it.

    `at`: event time; `appended_at`: when the log took it; both in seconds since the epoch.
    """

    def __init__(self) -> None:
        self.rows: defaultdict[HourShard, list[Row]] = defaultdict(list)
        self._searched: dict[HourShard, tuple[float, float]] = {}
        """When the first and the last of its searches were."""
        self._touched: set[HourShard] = set()
        self.left_out: Counter[str] = Counter()

    @property
    def near(self) -> set[HourShard]:
        """Whose figures may change, although nothing may be stored there."""
        found = set(self._touched)
        for (_, shard), (first, last) in self._searched.items():
            # All of them lie within an hour, so that what the first touches and what the last touches leave no gap.
            found.update((hour, shard) for at in (first, last) for hour in touched_by_search(at))
        return found

    def search(
        self,
        event_id: str,
        at: float,
        appended_at: float,
        session: str,
        person: str,
        source: Source,
        query_id: str,
        text: str,
        page: int,
        total: int,
        filtered: bool,
    ) -> None:
        if page != 1 or not text:  # they count in no figure, and are about half of all
            self.left_out["page" if text else "browsing"] += 1
            return
        simulated = source == "simulated"
        if not self._counts(at, appended_at, source):
            return
        number = pseudonym(person)
        row = search_row(event_id, at, session, number, simulated, query_id, text, page, total, filtered)
        place = hour_of(at), number % SHARDS
        self.rows[place].append(row)
        first, last = self._searched.get(place, (at, at))
        if at <= first or at >= last:
            self._searched[place] = min(first, at), max(last, at)

    def click(
        self,
        event_id: str,
        at: float,
        appended_at: float,
        session: str,
        person: str,
        source: Source,
        query_id: str,
        item_id: str,
        position: int,
        after_ms: int | None,
    ) -> None:
        """Kept with its search's hour, which the time in the query's id names, and with its own."""
        simulated = source == "simulated"
        if not self._counts(at, appended_at, source):
            return
        searched_at = _query_time(query_id)
        if not -AHEAD_S <= at - searched_at <= LATE_S:
            self.left_out["click_without_search"] += 1
            return
        number = pseudonym(person)
        row = click_row(event_id, at, session, number, simulated, query_id, _item(item_id), position, after_ms)
        shard = number % SHARDS
        for hour in {hour_of(at), hour_of(searched_at)}:
            self.rows[hour, shard].append(row)
        self._touch(touched_by_click(at, searched_at), shard)

    def view(
        self, event_id: str, at: float, appended_at: float, session: str, person: str, source: Source, item_id: str
    ) -> None:
        if not self._counts(at, appended_at, source):
            return
        number = pseudonym(person)
        row = view_row(event_id, at, session, number, source == "simulated", _item(item_id))
        shard = number % SHARDS
        self.rows[hour_of(at), shard].append(row)
        self._touch(touched_by_view(at), shard)

    def _counts(self, at: float, appended_at: float, source: Source) -> bool:
        if source in EXCLUDED:
            self.left_out[source] += 1
            return False
        if at - appended_at > AHEAD_S:
            raise Refused(f"it happened {at - appended_at:.0f} s after the log took it; is the sender's clock right?")
        if appended_at - at > LATE_S and source != "simulated":
            self.left_out["late"] += 1
            return False
        return True

    def _touch(self, hours: Iterable[int], shard: int) -> None:
        for hour in hours:
            self._touched.add((hour, shard))


def pseudonym(person: str) -> int:
    """The number behind 16 hexadecimal digits. Raises Refused."""
    try:
        if len(person) == 16:
            return int(person, 16)
    except ValueError:
        pass
    raise Refused(f"person {person!r} is no pseudonym: 16 hexadecimal digits")


def _query_time(query_id: str) -> float:
    try:
        return query_time(query_id)
    except ValueError as error:
        raise Refused(str(error)) from error


def _item(item_id: str) -> str:
    try:
        return canonical_uuid(item_id)
    except ValueError as error:
        raise Refused(f"item {item_id!r} is no UUID") from error
