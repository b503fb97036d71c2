from __future__ import annotations

from datetime import timedelta

from herofactory.platform.delivery.status import StatusBoard
from tests.support.clock import InstantClock
from tests.support.delivery import EPOCH, Tally


def board() -> tuple[StatusBoard, InstantClock, Tally]:
    clock, metrics = InstantClock(), Tally()
    return StatusBoard("listing", clock, metrics, pause_after_s=5), clock, metrics


def test_a_fresh_agent_runs_and_has_made_no_progress() -> None:
    status = board()[0].status()
    assert (status.state, status.since, status.cause, status.last_progress) == ("running", EPOCH, None, None)


def test_a_short_outage_is_no_pause_and_a_long_one_is_paused_since_it_began() -> None:
    subject, clock, metrics = board()
    clock.elapsed = 10
    subject.outage(1, "refused")
    assert subject.status().state == "running"
    clock.elapsed = 15
    status = subject.status()
    assert (status.state, status.since, status.cause) == ("paused", EPOCH + timedelta(seconds=10), "refused")
    assert metrics.gauges["hero_agent_state", "listing"] == 1


def test_an_outage_lasts_until_the_last_caller_has_recovered() -> None:
    subject, clock, _ = board()
    subject.outage(1, "refused")
    subject.outage(2, "refused")
    clock.elapsed = 6
    subject.recovered(1)
    assert subject.status().state == "paused"
    subject.recovered(2)
    assert (subject.status().state, subject.status().since) == ("running", EPOCH + timedelta(seconds=6))


def test_halted_outranks_paused() -> None:
    subject, clock, metrics = board()
    subject.outage(1, "refused")
    clock.elapsed = 6
    subject.halt("too many")
    assert (subject.status().state, subject.status().cause) == ("halted", "too many")
    assert metrics.gauges["hero_agent_state", "listing"] == 2
    subject.resume()
    assert subject.status().state == "paused"


def test_halting_again_keeps_the_time_it_began() -> None:
    subject, clock, _ = board()
    subject.halt("first")
    clock.elapsed = 60
    subject.halt("again")
    assert (subject.status().since, subject.status().cause) == (EPOCH, "again")


def test_progress_is_when_something_was_last_stored() -> None:
    subject, clock, _ = board()
    clock.elapsed = 3
    subject.stored(done=2, dead=1, outputs=4)
    clock.elapsed = 9
    status = subject.status()
    assert (status.records, status.dead_letters, status.outputs) == (3, 1, 4)
    assert status.last_progress == EPOCH + timedelta(seconds=3)


def test_records_are_in_flight_until_they_are_done_or_given_back() -> None:
    subject, _, metrics = board()
    with subject.in_flight(7):
        assert subject.status().in_flight == 7
        assert metrics.gauges["hero_agent_in_flight", "listing"] == 7
    assert subject.status().in_flight == 0
