"""OpenAI as a moderator: two calls, each answer checked, every doubt a `review`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from herofactory.moderation import policies
from herofactory.moderation.answers import Answers, NoAnswers
from herofactory.moderation.budget import NOTHING, Budget, Spending
from herofactory.moderation.lexicon import CATEGORIES
from herofactory.moderation.moderator import ProviderAnswerInvalid, ProviderRefused
from herofactory.moderation.openai import question, thresholds
from herofactory.moderation.openai.answer import ItemCheck, ModerationResult
from herofactory.moderation.openai.asking import Asking
from herofactory.moderation.openai.client import OpenAIClient
from herofactory.moderation.openai.meter import Meter
from herofactory.moderation.openai.pricing import Pricing
from herofactory.moderation.policy import Policy
from herofactory.moderation.subject import Subject
from herofactory.moderation.verdict import Code, Decision, Finding, Reason, Verdict, strictest

MODERATION_MODEL: Final = "omni-moderation-latest"


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
        policy: Policy | None = None,
        answers: Answers | None = None,
    ) -> None:
        """`timeout_s` per call. `pricing` belongs to `model`: set both. `policy`: the first one where none is given.
        `answers`: where what was paid for is kept. Raises ValueError without a key."""
        if not api_key:
            raise ValueError("the OpenAI moderator needs a key: set OPENAI_API_KEY or choose the local rules")
        client = OpenAIClient(api_key, base_url=base_url, timeout_s=timeout_s)
        self._asking = Asking(client, answers or NoAnswers(), model, moderation_model)
        self._rules = policy or policies.first()
        self._budget = budget
        self._model = model
        self._moderation_model = moderation_model
        self._pricing = pricing or Pricing()

    @property
    def policy(self) -> str:
        return f"openai-{self._rules.name}+{question.digest()}:{self._moderation_model}:{self._model}"

    async def judge(self, subject: Subject) -> Verdict:
        """Raises ProviderUnavailable only. Over budget, refused or answered badly: `review`, never approved.

        A spent budget is no outage: retrying until midnight would hold up the whole partition for one day.
        """
        estimate = await self.missing(subject)
        if estimate != NOTHING and not await self._budget.take(estimate):
            detail = "the moderation budget is spent: a moderator will look at the item"
            return self._review(Code.BUDGET_EXHAUSTED, detail)
        meter = Meter(self._pricing, estimate)
        try:
            return await self._judge(subject, meter)
        except ProviderRefused as error:
            return self._review(Code.PROVIDER_REFUSED, f"{error}: a moderator will look at the item", meter)
        except ProviderAnswerInvalid as error:
            return self._review(Code.PROVIDER_ANSWER_INVALID, f"{error}: a moderator will look at the item", meter)
        finally:
            if estimate != NOTHING:
                await self._budget.settle(estimate, meter.spent)

    async def missing(self, subject: Subject) -> Spending:
        scores = await self._asking.known_scores(subject)
        if scores is None:
            return self._pricing.estimate(subject)
        if self._rejects(self._findings(scores)) or await self._asking.known_check(subject):
            return NOTHING
        return Spending(1, self._pricing.estimate(subject).micro_usd)

    async def aclose(self) -> None:
        await self._asking.aclose()

    async def _judge(self, subject: Subject, meter: Meter) -> Verdict:
        result = await self._asking.known_scores(subject) or await self._asking.scores(subject, meter)
        findings = self._findings(result)
        scores = thresholds.scores_of(result, self._rules.limits)
        if self._rejects(findings):
            return self._verdict(findings, scores, (), meter)
        check = await self._asking.known_check(subject) or await self._asking.check(subject, meter)
        findings += self._rules.ruled(_category_findings(subject, check, self._rules.sure_from))
        scores["category"] = 0.0 if check.fits_category else check.confidence
        return self._verdict(findings, scores, check.korean_tags(), meter)

    def _findings(self, result: ModerationResult) -> list[Finding]:
        return list(self._rules.ruled(thresholds.findings_of(result, self._rules.limits)))

    @staticmethod
    def _rejects(findings: Sequence[Finding]) -> bool:
        return strictest(each.decision for each in findings) is Decision.REJECTED

    def _verdict(
        self, findings: Sequence[Finding], scores: dict[str, float], tags: tuple[str, ...], meter: Meter
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

    def _review(self, code: Code, detail: str, meter: Meter | None = None) -> Verdict:
        return Verdict(
            decision=Decision.REVIEW,
            policy=self.policy,
            provider="openai",
            reasons=(Reason(code, detail),),
            model=self._model,
            cost_micro_usd=meter.spent.micro_usd if meter else 0,
        )


def _category_findings(subject: Subject, check: ItemCheck, sure_from: float) -> list[Finding]:
    found = []
    if check.suspicious:
        detail = "the text seems to give orders to the moderator (a moderator will look at it)"
        found.append(_doubt(Code.PROVIDER_UNSURE, detail))
    if check.fits_category and check.fitting_category != subject.category:
        found.append(_doubt(Code.PROVIDER_UNSURE, "the model contradicts itself about the category"))
    if not check.fits_category:
        found.append(_mismatch(subject, check, sure_from))
    return found


def _mismatch(subject: Subject, check: ItemCheck, sure_from: float) -> Finding:
    better = f"{check.fitting_category} ({CATEGORIES[check.fitting_category]})"
    if check.fitting_category == subject.category:
        return _doubt(Code.PROVIDER_UNSURE, "the model contradicts itself about the category")
    detail = f"the item fits {better}, not {subject.category}: change the category or the name"
    decision = Decision.REJECTED if check.confidence >= sure_from else Decision.REVIEW
    return Finding("category", decision, Reason(Code.CATEGORY_MISMATCH, detail))


def _doubt(code: Code, detail: str) -> Finding:
    return Finding("category", Decision.REVIEW, Reason(code, detail))
