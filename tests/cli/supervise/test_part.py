from __future__ import annotations

from cli.supervise.part import FIRST_DELAY_S, LONGEST_DELAY_S, SETTLED_S, next_delay


def test_a_part_that_dies_again_and_again_is_never_given_up() -> None:
    delay = FIRST_DELAY_S
    for _ in range(1000):
        delay = next_delay(delay, lived_s=0.0)
        assert delay <= LONGEST_DELAY_S


def test_a_part_that_had_settled_is_back_at_once() -> None:
    assert next_delay(LONGEST_DELAY_S, lived_s=SETTLED_S) == FIRST_DELAY_S
