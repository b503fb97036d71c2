from __future__ import annotations

from cli.result_judge import judge_of, reason_of
from herofactory.moderation.verdict import Code, Decision, Reason, Verdict
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings


def verdict(*reasons: Reason) -> Verdict:
    return Verdict(Decision.REJECTED, "policy", "openai", reasons)


def test_only_what_nobody_may_be_given_counts_against_a_picture() -> None:
    plain = Reason(Code.IMAGE_ONE_COLOUR, "the picture has one colour")
    gore = Reason(Code.UNSAFE_GORE, "the picture shows gore")
    assert reason_of(verdict(plain)) is None
    assert reason_of(verdict(plain, gore)) == "the picture shows gore"


def test_without_a_provider_that_sees_no_picture_is_judged(settings: Settings) -> None:
    assert judge_of(settings, Database("", name="never opened")) is None
