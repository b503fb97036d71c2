"""Which replay a command means: an id, a target, or the only one that can be meant."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from cli.errors import CliError
from cli.replay_choice import NoReplay, choose, refuse_unknown
from herofactory.platform.replay.replay import Replay, State
from herofactory.platform.replay.target import ReplayRefused

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def replay(state: State, target: str = "search-index", generation: int = 2) -> Replay:
    return Replay(uuid4(), target, generation, None, {}, state, None, False, 0, 0, None, None, NOW, NOW)


def test_an_id_is_that_replay_whatever_its_state() -> None:
    ended = replay("cleaned")
    assert choose([ended], str(ended.id), "run") is ended
    with pytest.raises(CliError, match="there is no replay"):
        choose([ended], str(uuid4()), "run")


def test_of_a_target_the_one_that_can_take_the_step() -> None:
    swapped, planned, refused = replay("swapped"), replay("planned"), replay("refused")
    assert choose([refused, planned, swapped], "search-index", "rollback") is swapped
    assert choose([refused, planned, swapped], "search-index", "run") is planned


def test_without_a_name_of_all_targets() -> None:
    index, insights = replay("following"), replay("planned", "insights")
    assert choose([index, insights], None, "verify") is index


def test_where_several_could_be_meant_they_are_named() -> None:
    first, second = replay("following"), replay("following", generation=3)
    with pytest.raises(CliError, match=f"{first.id}.*{second.id}"):
        choose([first, second], "search-index", "verify")


def test_a_step_that_is_taken_already_may_be_asked_for_again() -> None:
    swapped = replay("swapped")
    assert choose([swapped], "search-index", "swap") is swapped


def test_the_only_one_says_why_it_cannot_take_the_step() -> None:
    with pytest.raises(ReplayRefused, match="needs a replay in state differs, following, rolled_back or verified; "):
        choose([replay("planned")], "search-index", "swap")


def test_where_none_is_open_it_says_how_to_come_to_one() -> None:
    with pytest.raises(NoReplay, match="hero replay plan"):
        choose([replay("cleaned")], "search-index", "run")


def test_what_there_is_not_is_told_from_what_was_never_replayed() -> None:
    refuse_unknown("insights", ["insights", "agent:listing"])
    with pytest.raises(CliError, match="no replay target 'insight'; there are: insights, agent:listing"):
        refuse_unknown("insight", ["insights", "agent:listing"])
    with pytest.raises(CliError, match="there is no replay 0"):
        refuse_unknown(str(UUID(int=0)), ["insights"])
