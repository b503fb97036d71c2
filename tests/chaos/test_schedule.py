from __future__ import annotations

import pytest

from tests.chaos.options import USUAL_S, USUAL_SEED
from tests.chaos.schedule import VICTIMS, schedule

KINDS = tuple(VICTIMS)
PAUSE_S = (0.1, 5.0)


def test_the_same_seed_draws_the_same_faults() -> None:
    assert list(schedule(7, 60, PAUSE_S, KINDS)) == list(schedule(7, 60, PAUSE_S, KINDS))
    assert list(schedule(7, 60, PAUSE_S, KINDS)) != list(schedule(8, 60, PAUSE_S, KINDS))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_alone_strikes_each_of_its_victims(kind: str) -> None:
    drawn = list(schedule(1, 300, PAUSE_S, [kind]))
    assert {strike.victim for strike in drawn} == set(VICTIMS[kind])
    assert {strike.kind for strike in drawn} == {kind}


def test_what_runs_usually_strikes_everybody_in_every_way() -> None:
    drawn = {(each.kind, each.victim) for each in schedule(USUAL_SEED, USUAL_S, PAUSE_S, KINDS)}
    assert drawn == {(kind, victim) for kind, victims in VICTIMS.items() for victim in victims}


def test_it_lasts_as_long_as_it_was_told() -> None:
    drawn = list(schedule(1, 300, PAUSE_S, KINDS))
    lasting = sum(each.pause_s + each.amount * (each.kind in ("freeze", "disk")) for each in drawn)
    assert 270 < lasting <= 300
