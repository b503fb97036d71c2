"""The catalogue's own words against the rules: what the glossary names and categorises is a fair sample of the shop."""

from __future__ import annotations

import asyncio

import pytest

from herofactory.moderation import Decision, Lexicon, LocalRules, Subject
from herofactory.moderation.glossary_nouns import glossary_nouns

EVERY = 8
"""One noun of so many is judged: thousands take seconds and say the same."""


@pytest.mark.parametrize("lexicon", [Lexicon.core(), Lexicon.core().extended(glossary_nouns())], ids=["core", "wide"])
def test_nearly_all_that_the_glossary_names_is_approved(lexicon: Lexicon) -> None:
    rules = LocalRules(lexicon)

    async def decide(noun: str, category: str) -> Decision:
        return (await rules.judge(Subject("item", "seller", f"오래된 {noun}", f"게임 속의 {noun}", category))).decision

    async def decide_all() -> list[Decision]:
        nouns = sorted(glossary_nouns().items())[::EVERY]
        return [await decide(noun, category) for noun, categories in nouns for category in sorted(categories)]

    decisions = asyncio.run(decide_all())
    assert len(decisions) > 500
    assert decisions.count(Decision.APPROVED) / len(decisions) > 0.97


def test_a_clear_mismatch_stays_one_with_the_wider_lexicon() -> None:
    rules = LocalRules(Lexicon.core().extended(glossary_nouns()))
    verdict = asyncio.run(rules.judge(Subject("item", "seller", "강철 방패", "", "consumable")))
    assert verdict.decision is Decision.REJECTED
