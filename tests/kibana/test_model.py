from __future__ import annotations

import pytest

from kibana.model import ByTime, Measure, Panel
from kibana.views import ACCESS

REQUESTS = Measure("Requests", "count")


def test_a_figure_over_a_field_needs_one_and_a_count_takes_none() -> None:
    with pytest.raises(ValueError, match="'Slow': max needs a field"):
        Measure("Slow", "max")
    with pytest.raises(ValueError, match="'All': count takes no field"):
        Measure("All", "count", "event.id")


def test_a_percentile_needs_a_percentage_and_nothing_else_has_one() -> None:
    with pytest.raises(ValueError, match="percentage"):
        Measure("p95", "percentile", "event.duration")
    with pytest.raises(ValueError, match="percentage"):
        Measure("p95", "max", "event.duration", percent=95)


def test_a_number_is_one_measure_and_everything_else_is_split() -> None:
    with pytest.raises(ValueError, match="a number shows one measure"):
        Panel("id", "Title", "number", ACCESS, (REQUESTS, REQUESTS))
    with pytest.raises(ValueError, match="a number shows one measure"):
        Panel("id", "Title", "number", ACCESS, (REQUESTS,), splits=(ByTime(),))
    with pytest.raises(ValueError, match="something to split by"):
        Panel("id", "Title", "line", ACCESS, (REQUESTS,))
