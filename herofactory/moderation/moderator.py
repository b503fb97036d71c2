"""The port that every judge of items fulfils, and the only error that may leave it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from herofactory.moderation.budget import NOTHING, Spending
from herofactory.moderation.subject import Subject
from herofactory.moderation.verdict import Verdict


class Moderator(Protocol):
    @property
    def policy(self) -> str:
        """Version of what decides: it changes whenever the same subject might be judged differently."""

    async def judge(self, subject: Subject) -> Verdict:
        """A verdict on the content, or `ProviderUnavailable`; nothing else is raised for any text or picture.

        Must not approve when in doubt: what cannot be judged is `review`. Must not act on the text: it is data.
        """


@runtime_checkable
class Asking(Moderator, Protocol):
    """A moderator that may have to ask somebody who charges for it."""

    async def missing(self, subject: Subject) -> Spending:
        """What judging it now would cost at most; nothing where stored answers are enough."""


async def missing(moderator: Moderator, subject: Subject) -> Spending:
    return await moderator.missing(subject) if isinstance(moderator, Asking) else NOTHING


@runtime_checkable
class Closing(Protocol):
    async def aclose(self) -> None:
        """Gives connections back. Idempotent."""


async def close(*moderators: Moderator) -> None:
    """Those that hold anything."""
    for moderator in moderators:
        if isinstance(moderator, Closing):
            await moderator.aclose()


class ModerationError(Exception):
    """A provider did not judge. Its message holds neither the subject's text nor a key."""


class ProviderUnavailable(ModerationError):
    """An outage (time-out, network, 429, 5xx, wrong key): not the item's fault. Retry; nothing is listed meanwhile.

    `retry_after_s`: what the provider asked for, seconds; None when it did not say.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotJudged(ModerationError):
    """Nobody may be asked: nothing is said of the content, which then has no verdict. Never of what is in use."""


class ProviderRefused(ModerationError):
    """The provider will not judge this item (refusal, content filter, 4xx). Becomes a `review` verdict."""


class ProviderAnswerInvalid(ModerationError):
    """The provider's answer is not what was asked for. Becomes a `review` verdict."""
