"""Answers are kept apart from verdicts: another policy judges by them, and asks only for what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from herofactory.moderation import (
    Code,
    DailyBudget,
    Decision,
    LayeredModerator,
    LocalRules,
    Spending,
    Subject,
    policies,
)
from herofactory.moderation.answers import MemoryAnswers
from herofactory.moderation.moderator import missing
from herofactory.moderation.openai import OpenAIModerator
from herofactory.platform.clock import SystemClock
from tests.herofactory.moderation.openai.conftest import COMPLETIONS, FITS, MODERATIONS, Provider

pytestmark = pytest.mark.anyio
SWORD = Subject("item", "seller", "강철 검", "단단한 검", "weapon")
Under = Callable[[str], OpenAIModerator]


@pytest.fixture
def answers() -> MemoryAnswers:
    return MemoryAnswers()


@pytest.fixture
def budget() -> DailyBudget:
    return DailyBudget(Spending(100, 10**9), SystemClock())


@pytest.fixture
async def under(provider: Provider, budget: DailyBudget, answers: MemoryAnswers) -> AsyncIterator[Under]:
    made: list[OpenAIModerator] = []

    def make(version: str) -> OpenAIModerator:
        policy = policies.load(version)
        made.append(OpenAIModerator("sk", budget, base_url=provider.url, policy=policy, answers=answers))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


async def test_another_policy_judges_by_the_stored_answers_and_pays_nothing(provider: Provider, under: Under) -> None:
    provider.moderates({"hate": 0.65})
    first = await under("2026-11").judge(SWORD)
    calls = len(provider.calls)
    second = await under("2026-12").judge(SWORD)
    assert (first.decision, second.decision) == (Decision.REVIEW, Decision.REJECTED)
    assert (len(provider.calls), second.cost_micro_usd) == (calls, 0)


async def test_the_same_answer_gives_the_same_verdict_as_when_it_was_bought(provider: Provider, under: Under) -> None:
    provider.moderates({"sexual": 0.25})
    provider.answers(FITS | {"tags": ["검", "강철"]})
    bought, reused = await under("2026-12").judge(SWORD), await under("2026-12").judge(SWORD)
    assert replace(reused, cost_micro_usd=bought.cost_micro_usd) == bought
    assert len(provider.calls) == 2


async def test_a_milder_policy_asks_only_for_what_the_stricter_one_did_not_need(
    provider: Provider, under: Under
) -> None:
    provider.moderates({"hate": 0.65})
    assert (await under("2026-12").judge(SWORD)).decision is Decision.REJECTED
    milder = under("2026-11")
    assert (await milder.missing(SWORD)).calls == 1
    await milder.judge(SWORD)
    assert provider.paths == [MODERATIONS, COMPLETIONS]


async def test_what_is_missing_is_told_before_anything_is_asked(provider: Provider, under: Under) -> None:
    moderator = under("2026-11")
    assert (await moderator.missing(SWORD)).calls == 2
    await moderator.judge(SWORD)
    assert await moderator.missing(SWORD) == Spending(0, 0)
    assert (await moderator.missing(replace(SWORD, name="강철 방패"))).calls == 2


async def test_what_the_local_rules_refuse_is_never_missing(under: Under) -> None:
    layered = LayeredModerator([LocalRules(), under("2026-11")])
    assert await missing(layered, replace(SWORD, description="010-1234-5678")) == Spending(0, 0)
    assert (await missing(layered, SWORD)).calls == 2


async def test_a_damaged_answer_is_asked_for_again(provider: Provider, under: Under, answers: MemoryAnswers) -> None:
    await under("2026-11").judge(SWORD)
    answers.bodies = dict.fromkeys(answers.bodies, b'{"results": []}')
    assert (await under("2026-11").judge(SWORD)).decision is Decision.APPROVED
    assert len(provider.calls) == 4
    assert await under("2026-11").missing(SWORD) == Spending(0, 0)


async def test_an_answer_of_another_shape_is_not_kept(provider: Provider, under: Under, answers: MemoryAnswers) -> None:
    provider.answers("nonsense")
    verdict = await under("2026-11").judge(SWORD)
    assert [reason.code for reason in verdict.reasons] == [Code.PROVIDER_ANSWER_INVALID]
    assert len(answers.bodies) == 1


async def test_a_stored_answer_needs_no_budget(provider: Provider, under: Under, answers: MemoryAnswers) -> None:
    await under("2026-11").judge(SWORD)
    spent = OpenAIModerator("sk", DailyBudget(Spending(0, 0), SystemClock()), base_url=provider.url, answers=answers)
    assert (await spent.judge(SWORD)).decision is Decision.APPROVED
