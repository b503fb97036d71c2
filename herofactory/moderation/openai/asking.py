"""The two questions about a content: answered from what is stored, else by the provider, whose answer is then kept."""

from __future__ import annotations

from herofactory.moderation.answers import Answers, answer_key
from herofactory.moderation.moderator import ProviderAnswerInvalid, ProviderRefused
from herofactory.moderation.openai import question
from herofactory.moderation.openai.answer import ItemCheck, ModerationResult, read_completion, read_moderation
from herofactory.moderation.openai.client import OpenAIClient
from herofactory.moderation.openai.meter import Meter
from herofactory.moderation.subject import Subject


class Asking:
    def __init__(self, client: OpenAIClient, answers: Answers, model: str, moderation_model: str) -> None:
        self._client = client
        self._answers = answers
        self._model = model
        self._moderation_model = moderation_model

    async def known_scores(self, subject: Subject) -> ModerationResult | None:
        body = await self._answers.get(self._scores_key(subject))
        try:
            return read_moderation(body) if body is not None else None
        except ProviderAnswerInvalid:  # damaged, or this version looks for more
            return None

    async def known_check(self, subject: Subject) -> ItemCheck | None:
        body = await self._answers.get(self._check_key(subject))
        try:
            return read_completion(body) if body is not None else None
        except (ProviderAnswerInvalid, ProviderRefused):
            return None

    async def scores(self, subject: Subject, meter: Meter) -> ModerationResult:
        """Asks. Raises ProviderUnavailable, ProviderRefused or ProviderAnswerInvalid."""
        body = await self._client.moderate(subject, self._moderation_model)
        meter.count_free()
        result = read_moderation(body)
        await self._answers.put(self._scores_key(subject), body)
        return result

    async def check(self, subject: Subject, meter: Meter) -> ItemCheck:
        """Asks. Raises ProviderUnavailable, ProviderRefused or ProviderAnswerInvalid."""
        body = await self._client.ask(subject, self._model)
        meter.count_paid(body)
        check = read_completion(body)
        await self._answers.put(self._check_key(subject), body)
        return check

    async def aclose(self) -> None:
        await self._client.aclose()

    def _scores_key(self, subject: Subject) -> str:
        return answer_key(f"openai scores {self._moderation_model}", subject)

    def _check_key(self, subject: Subject) -> str:
        return answer_key(f"openai check {self._model} {question.digest()}", subject)
