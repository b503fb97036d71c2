"""What comes back, checked before anything in it is believed.

The envelopes may grow keys over time, so further keys are ignored there; the model's own answer must hold exactly the
keys that were asked for, each of exactly its type.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from herofactory.moderation.lexicon import CATEGORIES
from herofactory.moderation.moderator import ProviderAnswerInvalid, ProviderRefused
from herofactory.moderation.policies import REQUIRED_SCORES
from herofactory.moderation.text import is_hangul
from herofactory.moderation.verdict import MAX_TAGS

LONGEST_TAG = 30
Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Model = TypeVar("_Model", bound=BaseModel)


class _Envelope(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class ItemCheck(BaseModel):
    """The model's answer to `question.SCHEMA`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")
    fits_category: bool
    fitting_category: str
    confidence: Score
    suspicious: bool
    tags: list[str]

    def korean_tags(self) -> tuple[str, ...]:
        """Up to five that are Korean words and nothing else; the others are left out, for tags decide nothing."""
        clean = (unicodedata.normalize("NFC", " ".join(tag.split())) for tag in self.tags)
        return tuple(dict.fromkeys(tag for tag in clean if _is_tag(tag)))[:MAX_TAGS]


class ModerationResult(_Envelope):
    """`flagged` is OpenAI's own threshold, `category_scores` 0 to 1 by category name (`sexual/minors`)."""

    flagged: bool
    categories: dict[str, bool | None]
    category_scores: dict[str, Score | None]


class _Moderation(_Envelope):
    results: list[ModerationResult] = Field(min_length=1)


class _Message(_Envelope):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Envelope):
    finish_reason: str
    message: _Message


class Usage(_Envelope):
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)


class _Completion(_Envelope):
    choices: list[_Choice] = Field(min_length=1, max_length=1)
    usage: Usage | None = None


def read_moderation(body: bytes) -> ModerationResult:
    """Raises ProviderAnswerInvalid. Several results (one per part) are merged: the worst counts."""
    results = _read(_Moderation, body, "moderation").results
    for result in results:
        present = {name for name, score in result.category_scores.items() if score is not None}
        if missing := REQUIRED_SCORES - present:
            raise ProviderAnswerInvalid(f"the moderation answer has no score for {sorted(missing)}")
    if len(results) == 1:
        return results[0]
    return ModerationResult(
        flagged=any(result.flagged for result in results),
        categories={name: True for result in results for name, flag in result.categories.items() if flag},
        category_scores=_highest([result.category_scores for result in results]),
    )


def read_completion(body: bytes) -> ItemCheck:
    """Raises ProviderRefused for a refusal or a filtered answer, ProviderAnswerInvalid for all else but an answer."""
    completion = _read(_Completion, body, "chat")
    choice = completion.choices[0]
    if choice.message.refusal is not None or choice.finish_reason == "content_filter":
        raise ProviderRefused("the model refused to judge the item")
    if choice.finish_reason != "stop" or choice.message.content is None:
        raise ProviderAnswerInvalid(f"the model's answer is not complete (finish_reason {choice.finish_reason!r:.40})")
    check = _read(ItemCheck, choice.message.content.encode("utf-8", "replace"), "model's")
    if check.fitting_category not in CATEGORIES:
        raise ProviderAnswerInvalid("the model's answer names a category that does not exist")
    return check


def read_usage(body: bytes) -> Usage | None:
    """What an answer cost even if it was of no use; None when it does not say."""
    try:
        return _read(_Completion, body, "chat").usage
    except ProviderAnswerInvalid:
        return None


def _read(model: type[_Model], body: bytes, what: str) -> _Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        places = sorted({".".join(map(str, each["loc"])) or "the whole" for each in error.errors(include_input=False)})
        raise ProviderAnswerInvalid(f"the {what} answer does not have the agreed shape: {places[:5]}") from None


def _highest(scores: list[dict[str, float | None]]) -> dict[str, float | None]:
    names = {name for each in scores for name in each}
    return {name: max(value for each in scores if (value := each.get(name)) is not None) for name in names}


def _is_tag(tag: str) -> bool:
    if not 0 < len(tag) <= LONGEST_TAG or not any(map(is_hangul, tag)):
        return False
    return all(character.isalnum() or character == " " for character in tag)
