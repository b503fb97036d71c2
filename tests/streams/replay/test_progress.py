"""How far a replay is, and when it will be there."""

from __future__ import annotations

from streams.replay.progress import WINDOW_S, Meter
from streams.testing_clock import FakeClock


def test_the_rest_is_estimated_from_the_rate_of_late() -> None:
    clock = FakeClock()
    meter = Meter(clock, 1_000)
    assert meter.at(0, 0.0, None).eta_s is None
    clock.advance_to(clock.monotonic() + 2)
    found = meter.at(100, 0.5, "because")
    assert (found.rate, found.eta_s, found.done, found.total) == (50.0, 18.0, 100, 1_000)
    assert (found.live_lag_s, found.waiting) == (0.5, "because")


def test_what_was_long_ago_does_not_count() -> None:
    clock = FakeClock()
    meter = Meter(clock, 10_000)
    meter.at(0, 0.0, None)
    for second in range(60):
        clock.advance_to(clock.monotonic() + 1)
        found = meter.at(second * 10 if second > 30 else 0, 0.0, None)
    assert found.rate == 10.0
    for _ in range(int(WINDOW_S) + 2):
        clock.advance_to(clock.monotonic() + 1)
        found = meter.at(590, 0.0, "an outage")
    assert (found.rate, found.eta_s) == (0.0, None)
