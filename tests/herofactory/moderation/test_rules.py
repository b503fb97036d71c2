"""The local moderator over a table of names and descriptions as Korean players write them (`cases.tsv`)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.moderation import CATEGORIES, Code, Decision, Lexicon, LocalRules, Subject, Verdict
from herofactory.moderation.text import MAX_VIEW

RULES = LocalRules()
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
TRICKY = st.text(st.sampled_from("공일이010-. @카톡:라인id검방패와의씨발ㅋ\u200b\x00()[]/é１ ①"), max_size=200)


def cases() -> list[Any]:
    lines = (Path(__file__).parent / "cases.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [pytest.param(*row, id=f"{row[3]}: {row[4]}"[:50]) for row in rows]


def judge(name: str, description: str = "", category: str = "weapon", **more: Any) -> Verdict:
    return asyncio.run(RULES.judge(Subject("item", "seller", name, description, category, **more)))


def codes(verdict: Verdict) -> set[str]:
    return {reason.code.value for reason in verdict.reasons}


@pytest.mark.parametrize(("decision", "code", "category", "name", "description"), cases())
def test_each_text_gets_the_decision_a_moderator_would_give(
    decision: str, code: str, category: str, name: str, description: str
) -> None:
    verdict = judge(name, description, category)

    assert verdict.decision == decision, verdict.reasons
    assert code == "-" or code in codes(verdict)
    assert verdict.provider == "local-rules"


def test_the_fitting_category_is_named() -> None:
    [reason] = judge("강철 방패").reasons
    assert reason.detail == "'방패' fits armor (방어구), not weapon (무기): change the category or the name"


def test_a_rejection_never_repeats_the_contact_data() -> None:
    verdict = judge("강철 검", "010-1234-5678 hero@naver.com 카톡 hero99 900101-1234567")

    assert {"CONTACT_PHONE", "CONTACT_EMAIL", "CONTACT_MESSENGER", "PERSONAL_DATA"} <= codes(verdict)
    assert not any(secret in str(verdict) for secret in ("1234", "hero", "900101"))


def test_tags_are_judged_like_the_other_texts() -> None:
    assert codes(judge("강철 검", tags=("검", "010-1234-5678"))) == {"CONTACT_PHONE"}


def test_minor_and_sexual_word_in_different_fields_are_seen_together() -> None:
    assert "UNSAFE_MINOR" in codes(judge("어린이 기사", "야한 그림", "character"))


def test_a_text_too_long_to_be_read_is_not_approved() -> None:
    verdict = judge("강철 검", "가 나 " * MAX_VIEW)
    assert verdict.decision is not Decision.APPROVED
    assert Code.TEXT_TOO_LONG in codes(verdict)


def test_text_in_decomposed_hangul_is_the_same_text() -> None:
    composed, decomposed = judge("강철 방패"), judge("강철 방패")
    assert composed == decomposed


def test_invisible_characters_hide_nothing() -> None:
    assert codes(judge("강철 검", "0\u200b1\u200b0-1234\u2060-5678")) == {"CONTACT_PHONE"}
    assert codes(judge("씨\u200b발 검")) == {"PROFANITY"}


def test_many_similar_items_of_one_seller_are_no_evidence() -> None:
    assert {judge(f"강철 검 {number}").decision for number in range(20)} == {Decision.APPROVED}


def test_a_word_of_a_wider_glossary_gives_a_tag_and_never_counts_against() -> None:
    rules = LocalRules(Lexicon.core().extended({"흑요석 파쇄기": "material", "파쇄기": "material"}))
    verdict = asyncio.run(rules.judge(Subject("item", "seller", "거대한 파쇄기", "", "weapon")))

    assert verdict.decision is Decision.APPROVED
    assert verdict.tags == ("파쇄기",)


def test_the_policy_tells_rules_with_another_lexicon_apart() -> None:
    wider = LocalRules(Lexicon.core().extended({"파쇄기": "material"}))
    assert wider.policy != RULES.policy
    assert RULES.policy == LocalRules().policy
    assert RULES.policy.startswith("local-2026-11+")


def test_scores_say_in_which_area_the_evidence_lies() -> None:
    verdict = judge("강철 방패", "오픈채팅 운영")
    assert verdict.scores["category"] == 1.0
    assert verdict.scores["contact"] == 0.5
    assert verdict.scores["safety"] == 0.0


@settings(max_examples=150, deadline=None)
@given(name=TEXT | TRICKY, description=TEXT | TRICKY, category=st.sampled_from(sorted(CATEGORIES)) | TEXT)
def test_any_text_gets_a_verdict_and_always_the_same(name: str, description: str, category: str) -> None:
    verdict = judge(name, description, category, tags=(name[:30],))

    assert verdict == judge(name, description, category, tags=(name[:30],))
    assert (verdict.decision is Decision.APPROVED) == (not verdict.reasons)
    assert len(verdict.tags) <= 5


@settings(max_examples=60, deadline=None)
@given(
    number=st.from_regex(r"01[016789][0-9]{8}", fullmatch=True).filter(lambda digits: digits.isascii()),
    separator=st.sampled_from(["", " ", "-", ".", " - ", "~", "·", "_", "/"]),
    wide=st.booleans(),
    before=st.sampled_from(["", "연락은 ", "구매: ", "번호("]),
    after=st.sampled_from(["", "로", " 입니다", ")", "!"]),
)
def test_a_mobile_number_is_found_however_it_is_written(
    number: str, separator: str, wide: bool, before: str, after: str
) -> None:
    written = separator.join((number[:3], number[3:7], number[7:]))
    if wide:
        written = written.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    assert "CONTACT_PHONE" in codes(judge("강철 검", before + written + after))
