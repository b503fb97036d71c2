from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import pytest

from herofactory.platform.delivery.replayable import NO_EFFECTS, OWN_TABLES, Replayable, external


async def everything(event_ids: Collection[UUID]) -> Collection[UUID]:
    return event_ids


def test_a_declaration_states_the_effects() -> None:
    assert [each.effects for each in (NO_EFFECTS, OWN_TABLES, external(everything))] == [
        "none",
        "own tables",
        "external",
    ]


def test_an_external_effect_without_stored_results_is_refused() -> None:
    with pytest.raises(ValueError, match="stored results belong to 'external'"):
        Replayable("external")


def test_stored_results_of_an_agent_that_asks_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="stored results belong to 'external'"):
        Replayable("own tables", everything)
