"""Which targets there are, and who fills them."""

from __future__ import annotations

from importlib import import_module
from typing import cast

import pytest

from herofactory.platform.replay.target import ReplayRefused
from streams.replay.ground import Ground
from streams.replay.registry import MADE_BY, TARGETS, groups_of, open_target

NO_GROUND = cast(Ground, None)


def test_every_target_has_a_module_and_its_agents() -> None:
    for module in TARGETS.values():
        assert callable(import_module(module).make)
    assert set(MADE_BY) == set(TARGETS)


def test_an_unknown_target_is_refused_with_those_there_are() -> None:
    with pytest.raises(ReplayRefused, match=r"'nothing'; there are: search-index, .*agent:<name>"):
        open_target("nothing", NO_GROUND)


def test_the_groups_of_a_generation_are_known_without_opening_it() -> None:
    assert groups_of("search-index", 1) == ["herofactory.indexing"]
    assert groups_of("insights", 3) == ["herofactory.insights.g3", "herofactory.traffic.g3"]
    assert groups_of("agent:prompts", 2) == ["herofactory.prompts.agent.g2"]
    assert groups_of("unknown", 2) == []
