from __future__ import annotations

from typing import get_args

from herofactory.platform.telemetry import metrics


def test_every_metric_name_has_one_line_of_description_and_every_line_a_name() -> None:
    names = {*get_args(metrics.CounterName), *get_args(metrics.GaugeName), *get_args(metrics.HistogramName)}
    assert names == metrics.SPECS.keys()


def test_durations_and_sizes_carry_their_unit() -> None:
    for name in (*get_args(metrics.HistogramName),):
        assert name.endswith("_seconds"), name
