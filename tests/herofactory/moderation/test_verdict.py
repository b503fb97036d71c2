from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.moderation import Code, Decision, Reason, Verdict
from herofactory.moderation.verdict import strictest

REASON = Reason(Code.CONTACT_PHONE, "the name holds a phone number")


def test_one_rejection_outweighs_everything_else() -> None:
    assert strictest([Decision.APPROVED, Decision.REJECTED, Decision.REVIEW]) is Decision.REJECTED
    assert strictest([Decision.APPROVED, Decision.REVIEW]) is Decision.REVIEW
    assert strictest([]) is Decision.APPROVED


def test_only_approved_is_listed() -> None:
    assert [decision for decision in Decision if decision.lists] == [Decision.APPROVED]


def test_a_verdict_that_does_not_approve_says_why() -> None:
    with pytest.raises(ValueError, match="give at least one reason"):
        Verdict(Decision.REVIEW, "policy", "local-rules")


def test_a_sixth_tag_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 5 tags, not 6"):
        Verdict(Decision.APPROVED, "policy", "local-rules", tags=tuple("가나다라마바"))


def test_a_score_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Verdict(Decision.APPROVED, "policy", "local-rules", scores={"safety": 1.5})


@given(
    decision=st.sampled_from(list(Decision)),
    tags=st.lists(st.text(max_size=10), max_size=5),
    score=st.floats(0, 1),
    cost=st.integers(0, 10**9),
)
def test_a_verdict_survives_storage(decision: Decision, tags: list[str], score: float, cost: int) -> None:
    verdict = Verdict(decision, "p", "openai", (REASON,), tuple(tags), {"safety": score}, "model", cost)
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


@pytest.mark.parametrize(
    "damage", [{"decision": "fine"}, {"reasons": [{"code": "X", "detail": ""}]}, {"scores": {"a": 7}}]
)
def test_a_damaged_verdict_approves_nothing(damage: dict[str, object]) -> None:
    stored = Verdict(Decision.APPROVED, "p", "openai").to_json() | damage
    with pytest.raises(ValueError, match=r".+"):
        Verdict.from_json(stored)


def test_a_stored_verdict_without_its_decision_is_refused() -> None:
    stored = Verdict(Decision.APPROVED, "p", "openai").to_json()
    del stored["decision"]
    with pytest.raises(KeyError):
        Verdict.from_json(stored)
