"""Cache, budget and layers round any moderator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.moderation import (
    CachedModerator,
    Code,
    DailyBudget,
    Decision,
    LayeredModerator,
    LocalRules,
    MemoryVerdictCache,
    ProviderUnavailable,
    Reason,
    Spending,
    Subject,
    Verdict,
    cache_key,
)
from tests.support.clock import InstantClock

pytestmark = pytest.mark.anyio
LATE = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
SWORD = Subject("item", "seller", "강철 검", "단단한 검", "weapon")
APPROVED = Verdict(Decision.APPROVED, "scripted", "openai", tags=("칼",), scores={"sexual": 0.1})


@dataclass
class Scripted:
    """A moderator of the port that gives one prepared answer and counts how often it was asked."""

    answer: Verdict | ProviderUnavailable
    policy: str = "scripted"
    asked: list[Subject] = field(default_factory=list)

    async def judge(self, subject: Subject) -> Verdict:
        self.asked.append(subject)
        if isinstance(self.answer, Verdict):
            return self.answer
        raise self.answer


async def test_the_same_content_is_judged_once() -> None:
    judge = Scripted(APPROVED)
    cached = CachedModerator(judge, MemoryVerdictCache())

    assert await cached.judge(SWORD) == await cached.judge(replace(SWORD, item_id="another", seller_id="another"))
    assert len(judge.asked) == 1


async def test_other_content_and_another_policy_are_judged_anew() -> None:
    store = MemoryVerdictCache()
    old, new = Scripted(APPROVED), Scripted(APPROVED, policy="newer")
    await CachedModerator(old, store).judge(SWORD)
    await CachedModerator(old, store).judge(replace(SWORD, name="강철 칼"))
    await CachedModerator(new, store).judge(SWORD)

    assert (len(old.asked), len(new.asked)) == (2, 1)


@pytest.mark.parametrize("code", [Code.BUDGET_EXHAUSTED, Code.PROVIDER_REFUSED, Code.PROVIDER_ANSWER_INVALID])
async def test_a_doubt_about_the_provider_is_not_kept(code: Code) -> None:
    judge = Scripted(Verdict(Decision.REVIEW, "scripted", "openai", (Reason(code, "why"),)))
    cached = CachedModerator(judge, MemoryVerdictCache())
    await cached.judge(SWORD)
    await cached.judge(SWORD)

    assert len(judge.asked) == 2


async def test_an_outage_is_not_kept() -> None:
    store = MemoryVerdictCache()
    judge = Scripted(ProviderUnavailable("down"))
    with pytest.raises(ProviderUnavailable):
        await CachedModerator(judge, store).judge(SWORD)

    assert await store.get(cache_key("scripted", SWORD)) is None


async def test_the_memory_cache_forgets_the_oldest() -> None:
    store = MemoryVerdictCache(capacity=2)
    for key in "abc":
        await store.put(key, APPROVED)
    assert [await store.get(key) for key in "abc"] == [None, APPROVED, APPROVED]


async def test_what_the_local_rules_reject_is_never_sent_on() -> None:
    provider = Scripted(APPROVED)
    layered = LayeredModerator([LocalRules(), provider])

    verdict = await layered.judge(replace(SWORD, description="010-1234-5678"))

    assert (verdict.decision, verdict.provider, provider.asked) == (Decision.REJECTED, "local-rules", [])


async def test_the_provider_decides_on_what_the_local_rules_let_pass() -> None:
    layered = LayeredModerator([LocalRules(), Scripted(APPROVED)])
    verdict = await layered.judge(SWORD)

    assert (verdict.decision, verdict.provider) == (Decision.APPROVED, "openai")
    assert verdict.tags == ("칼", "검", "강철", "단단한")
    assert verdict.scores == {"sexual": 0.1} | dict.fromkeys(
        ("category", "contact", "personal_data", "safety", "spam", "image"), 0.0
    )
    assert verdict.policy == layered.policy == f"{LocalRules().policy};scripted"


async def test_the_local_rules_do_not_stand_in_for_a_provider_that_is_down() -> None:
    with pytest.raises(ProviderUnavailable):
        await LayeredModerator([LocalRules(), Scripted(ProviderUnavailable("down"))]).judge(SWORD)


def test_no_layers_would_approve_everything_and_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one moderator"):
        LayeredModerator([])


async def test_a_budget_is_never_overdrawn_and_starts_again_at_midnight_utc() -> None:
    clock = InstantClock(LATE)
    budget = DailyBudget(Spending(calls=4, micro_usd=1000), clock)

    assert await budget.take(Spending(2, 600))
    assert not await budget.take(Spending(2, 600))
    await budget.settle(Spending(2, 600), Spending(2, 50))
    assert await budget.take(Spending(2, 600))
    assert not await budget.take(Spending(1, 0))
    clock.turn(3600)
    assert await budget.take(Spending(2, 600))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 500), st.floats(0, 1)), max_size=30))
async def test_reservations_never_pass_the_limit(steps: list[tuple[int, int, float]]) -> None:
    budget = DailyBudget(Spending(calls=10, micro_usd=1000), InstantClock(LATE))
    for calls, cost, share in steps:
        estimate = Spending(calls, cost)
        if await budget.take(estimate):
            await budget.settle(estimate, Spending(int(calls * share), int(cost * share)))
        assert budget.spent.calls <= 10
        assert budget.spent.micro_usd <= 1000


def test_negative_spending_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        Spending(-1, 0)


async def test_a_reservation_that_settles_after_midnight_gives_the_new_day_no_extra() -> None:
    clock = InstantClock(LATE)
    budget = DailyBudget(Spending(calls=2, micro_usd=100), clock)
    assert await budget.take(Spending(2, 100))
    clock.turn(3600)
    await budget.settle(Spending(2, 100), Spending(0, 0))

    assert budget.spent == Spending(0, 0)
    assert not await budget.take(Spending(3, 0))
