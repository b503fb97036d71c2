"""OpenAI as a moderator: two calls, each answer checked, every doubt a `review`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from herofactory.moderation.budget import Budget, Spending
from herofactory.moderation.lexicon import CATEGORIES
from herofactory.moderation.moderator import ProviderAnswerInvalid, ProviderRefused
from herofactory.moderation.openai import question, thresholds
from herofactory.moderation.openai.answer import ItemCheck, read_completion, read_moderation, read_usage
from herofactory.moderation.openai.client import OpenAIClient
from herofactory.moderation.openai.pricing import Pricing
from herofactory.moderation.subject import Subject
from herofactory.moderation.verdict import Code, Decision, Finding, Reason, Verdict, strictest

POLICY: Final = "openai-2026-11"
MODERATION_MODEL: Final = "omni-moderation-latest"
SURE_FROM: Final = 0.8
"""Confidence from which a category that does not fit rejects; below it, a moderator looks."""


class OpenAIModerator:
    def __init__(
        self,
        api_key: str,
        budget: Budget,
        *,
        model: str = "gpt-4o-mini",
        moderation_model: str = MODERATION_MODEL,
        base_url: str = "https://api.openai.com/v1",
        timeout_s: float = 20.0,
        pricing: Pricing | None = None,
    ) -> None:
        """`timeout_s` per call. `pricing` belongs to `model`: set both. Raises ValueError without a key."""
        if not api_key:
            raise ValueError("the OpenAI moderator needs a key: set OPENAI_API_KEY or choose the local rules")
        self._client = OpenAIClient(api_key, base_url=base_url, timeout_s=timeout_s)
        self._budget = budget
        self._model = model
        self._moderation_model = moderation_model
        self._pricing = pricing or Pricing()

    @property
    def policy(self) -> str:
        return f"{POLICY}+{question.digest()}:{self._moderation_model}:{self._model}"

    async def judge(self, subject: Subject) -> Verdict:
        """Raises ProviderUnavailable only. Over budget, refused or answered badly: `review`, never approved.

        A spent budget is no outage: retrying until midnight would hold up the whole partition for one day.
        """
        estimate = self._pricing.estimate(subject)
        if not await self._budget.take(estimate):
            detail = "today's moderation budget is spent: a moderator will look at the item"
            return self._review(Code.BUDGET_EXHAUSTED, detail)
        meter = _Meter(self._pricing, estimate)
        try:
            return await self._judge(subject, meter)
        except ProviderRefused as error:
            return self._review(Code.PROVIDER_REFUSED, f"{error}: a moderator will look at the item", meter)
        except ProviderAnswerInvalid as error:
            return self._review(Code.PROVIDER_ANSWER_INVALID, f"{error}: a moderator will look at the item", meter)
        finally:
            await self._budget.settle(estimate, meter.spent)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _judge(self, subject: Subject, meter: _Meter) -> Verdict:
        body = await self._client.moderate(subject, self._moderation_model)
        meter.count_free()
        result = read_moderation(body)
        findings = list(thresholds.findings_of(result))
        scores = thresholds.scores_of(result)
        if strictest(each.decision for each in findings) is Decision.REJECTED:
            return self._verdict(findings, scores, (), meter)
        body = await self._client.ask(subject, self._model)
        meter.count_paid(body)
        check = read_completion(body)
        findings += _category_findings(subject, check)
        scores["category"] = 0.0 if check.fits_category else check.confidence
        return self._verdict(findings, scores, check.korean_tags(), meter)

    def _verdict(
        self, findings: Sequence[Finding], scores: dict[str, float], tags: tuple[str, ...], meter: _Meter
    ) -> Verdict:
        return Verdict(
            decision=strictest(each.decision for each in findings),
            policy=self.policy,
            provider="openai",
            reasons=tuple(dict.fromkeys(each.reason for each in findings)),
            tags=tags,
            scores=scores,
            model=self._model,
            cost_micro_usd=meter.spent.micro_usd,
        )

    def _review(self, code: Code, detail: str, meter: _Meter | None = None) -> Verdict:
        return Verdict(
            decision=Decision.REVIEW,
            policy=self.policy,
            provider="openai",
            reasons=(Reason(code, detail),),
            model=self._model,
            cost_micro_usd=meter.spent.micro_usd if meter else 0,
        )


class _Meter:
    """What one judgement has really cost so far. A call that failed is not counted: an outage must not eat the budget.
    A paid answer that does not say what it cost counts as the estimate."""

    def __init__(self, pricing: Pricing, estimate: Spending) -> None:
        self._pricing = pricing
        self._estimate = estimate
        self.spent = Spending(0, 0)

    def count_free(self) -> None:
        self.spent = Spending(self.spent.calls + 1, self.spent.micro_usd)

    def count_paid(self, body: bytes) -> None:
        usage = read_usage(body)
        cost = self._pricing.cost(usage.prompt_tokens, usage.completion_tokens) if usage else self._estimate.micro_usd
        self.spent = Spending(self.spent.calls + 1, cost)


def _category_findings(subject: Subject, check: ItemCheck) -> list[Finding]:
    found = []
    if check.suspicious:
        detail = "the text seems to give orders to the moderator (a moderator will look at it)"
        found.append(_doubt(Code.PROVIDER_UNSURE, detail))
    if check.fits_category and check.fitting_category != subject.category:
        found.append(_doubt(Code.PROVIDER_UNSURE, "the model contradicts itself about the category"))
    if not check.fits_category:
        found.append(_mismatch(subject, check))
    return found


def _mismatch(subject: Subject, check: ItemCheck) -> Finding:
    better = f"{check.fitting_category} ({CATEGORIES[check.fitting_category]})"
    if check.fitting_category == subject.category:
        return _doubt(Code.PROVIDER_UNSURE, "the model contradicts itself about the category")
    detail = f"the item fits {better}, not {subject.category}: change the category or the name"
    decision = Decision.REJECTED if check.confidence >= SURE_FROM else Decision.REVIEW
    return Finding("category", decision, Reason(Code.CATEGORY_MISMATCH, detail))


def _doubt(code: Code, detail: str) -> Finding:
    return Finding("category", Decision.REVIEW, Reason(code, detail))
