from __future__ import annotations

from pathlib import Path

import pytest

from herofactory.moderation import Code, Decision, LocalRules, Subject, policies
from herofactory.moderation.policies import FIRST, BadPolicy
from herofactory.moderation.policy import ALWAYS_JUDGED

pytestmark = pytest.mark.anyio
SHIPPED = sorted(policies.texts())
SWEARING = Subject("item", "seller", "강철 검", "시발 좋은 검", "weapon")


def changed(old: str, new: str) -> str:
    text = policies.text_of(FIRST)
    assert old in text
    return text.replace(old, new)


def with_rules(rules: str) -> str:
    return changed("[provider]\n", f"[rules]\n{rules}\n\n[provider]\n")


@pytest.mark.parametrize("version", SHIPPED)
def test_a_policy_of_the_package_is_named_as_its_file_and_by_its_version_alone(version: str) -> None:
    policy = policies.load(version)
    assert (policy.version, policy.name, bool(policy.about)) == (version, version, True)


def test_there_are_at_least_two_to_choose_from() -> None:
    assert FIRST in SHIPPED
    assert len(SHIPPED) >= 2


async def test_two_policies_judge_the_same_text_differently() -> None:
    first, next_one = (LocalRules(policy=policies.load(version)) for version in (FIRST, "2026-12"))
    verdicts = await first.judge(SWEARING), await next_one.judge(SWEARING)
    assert [verdict.decision for verdict in verdicts] == [Decision.REVIEW, Decision.REJECTED]
    assert first.policy != next_one.policy


def test_the_name_of_the_first_policy_is_what_cached_verdicts_know() -> None:
    assert LocalRules().policy.startswith("local-2026-11+")


def test_a_policy_of_the_shops_own_folder_is_found_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "strict.toml").write_text(changed('version = "2026-11"', 'version = "strict"'))
    policy = policies.load("strict", tmp_path)
    assert policy.version == "strict"
    assert policy.name.startswith("strict.")


def test_an_edited_copy_has_another_name_than_what_it_was_copied_from(tmp_path: Path) -> None:
    text = changed('version = "2026-11"', 'version = "strict"')
    (tmp_path / "strict.toml").write_text(text)
    before = policies.load("strict", tmp_path).name
    (tmp_path / "strict.toml").write_text(text.replace("review = 0.05", "review = 0.01"))
    assert policies.load("strict", tmp_path).name != before


def test_a_folder_cannot_hide_a_policy_of_the_package(tmp_path: Path) -> None:
    (tmp_path / f"{FIRST}.toml").write_text("nonsense")
    assert policies.load(FIRST, tmp_path) == policies.first()


def test_a_file_that_is_named_otherwise_than_its_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(policies.text_of(FIRST))
    with pytest.raises(BadPolicy, match='must hold version = "mine"'):
        policies.load("mine", tmp_path)


@pytest.mark.parametrize("version", ["nowhere", "../2026-11", ""])
def test_an_unknown_policy_is_refused_with_those_there_are(version: str, tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="choose one of 2026-11"):
        policies.load(version, tmp_path)


async def test_a_finding_that_is_switched_off_counts_for_nothing() -> None:
    rules = LocalRules(policy=policies.parse(with_rules('off = ["PROFANITY"]')))
    assert (await rules.judge(SWEARING)).decision is Decision.APPROVED


async def test_a_phrase_of_the_policy_is_looked_for_besides_those_of_the_package() -> None:
    phrase = 'phrases = [{ code = "SPAM", decision = "rejected", match = "part", terms = ["떨이"] }]'
    verdict = await LocalRules(policy=policies.parse(with_rules(phrase))).judge(
        Subject("item", "seller", "강철 검", "재고떨이", "weapon")
    )
    assert (verdict.decision, verdict.reasons[0].code) == (Decision.REJECTED, Code.SPAM)


async def test_what_is_switched_off_besides_leaves_the_rest_as_it_was() -> None:
    rules = LocalRules(policy=policies.parse(with_rules('off = ["PROFANITY"]')))
    contact = Subject("item", "seller", "강철 검", "시발 010-1234-5678", "weapon")
    assert (await rules.judge(contact)).decision is Decision.REJECTED


@pytest.mark.parametrize("code", sorted(ALWAYS_JUDGED))
def test_what_keeps_moderation_closed_cannot_be_switched_off(code: Code) -> None:
    with pytest.raises(BadPolicy, match="no policy may switch off"):
        policies.parse(with_rules(f'off = ["{code}"]'))
    with pytest.raises(BadPolicy, match="milder"):
        policies.parse(with_rules(f'decisions = {{ {code} = "review" }}'))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("version =", "cannot be read"),
        ('version = "x"', "KeyError: 'provider'"),
        (changed('version = "2026-11"', 'version = "a b"'), "letters, digits"),
        (changed("review = 0.05", "review = 5"), "a number from 0 to 1"),
        (changed("review = 0.05", "review = nan"), "a number from 0 to 1"),
        (changed("review = 0.05", "review = 0.9"), "lies above reject"),
        (changed('"sexual" =', '"sensual" ='), "no limit for"),
        (changed("category_sure_from", "catgory_sure_from"), "mean nothing"),
        (with_rules('decisions = { PROFANITY = "approved" }'), "name it in `off`"),
        (with_rules('off = ["SWEARING"]'), "SWEARING"),
        (with_rules("glossary = 1"), "true or false"),
        (with_rules('phrases = [{ code = "SPAM", decision = "rejected", terms = [" "] }]'), "empty term"),
        (with_rules('phrases = [{ code = "SPAM", decision = "approved", terms = ["a"] }]'), "a refusal"),
        (with_rules('phrases = [{ code = "REPETITION", decision = "review", terms = ["a"] }]'), "choose a code"),
    ],
)
def test_a_policy_with_a_mistake_is_refused_and_told_which(text: str, wrong: str) -> None:
    with pytest.raises(BadPolicy, match=wrong):
        policies.parse(text)
