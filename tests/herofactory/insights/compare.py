"""Figures next to the plain computation's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.herofactory.insights.naive import Figures


def assert_equal(made: Figures, wanted: Figures) -> None:
    """The same keys, and under each the same values; what the plain computation never counted is 0."""
    for kind in ("terms", "items", "quality", "pairs"):
        got, want = getattr(made, kind), getattr(wanted, kind)
        assert got.keys() == want.keys(), kind
        for key, values in got.items():
            assert values == {name: _plain(kind, name, want[key]) for name in values}, (kind, key)


def _plain(kind: str, name: str, row: dict[str, Any]) -> Any:
    return len(row[name]) if kind == "pairs" else row.get(name, 0)


def by_day(figures: Figures) -> Figures:
    """Terms and items over buckets and shards."""
    found = Figures()
    for kind in ("terms", "items"):
        days = getattr(found, kind)
        for (simulated, bucket, what, _), row in getattr(figures, kind).items():
            merged = days.setdefault((simulated, datetime.fromtimestamp(bucket, UTC).date(), what), {})
            for name, value in row.items():
                merged[name] = _sum(merged.get(name), value)
    return found


def _sum(one: Any, other: Any) -> Any:
    if one is None:
        return other
    return one | other if isinstance(other, set) else one + other
