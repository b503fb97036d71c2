"""Pictures that were made are judged where a provider is configured that can see."""

from __future__ import annotations

from herofactory.moderation.moderator import Moderator, ProviderUnavailable
from herofactory.moderation.subject import Subject
from herofactory.moderation.verdict import Verdict
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.workshop import Judge
from herofactory.studio.rendering.port import RenderError

_UNSAFE = "UNSAFE_"


def judge_of(settings: Settings, database: Database) -> Judge | None:
    """None with the local rules: the words were judged before, and rules cannot tell what a picture shows."""
    if settings.moderation == "local":
        return None
    from herofactory.moderation.in_use import policy_in_use
    from herofactory.moderation.judges import judge_of as moderator_of

    moderators: dict[str, Moderator] = {}

    async def moderator() -> Moderator:
        policy = await policy_in_use(database)
        return moderators.setdefault(policy.name, moderator_of(settings, database, policy))

    async def judge(png: bytes, job: Job) -> str | None:
        subject = Subject(str(job.id), job.owner_id, job.request.english[:100], job.request.english, "", (), png)
        try:
            return reason_of(await (await moderator()).judge(subject))
        except ProviderUnavailable as error:
            raise RenderError("BACKEND_UNAVAILABLE", "the picture could not be judged") from error

    return judge


def reason_of(verdict: Verdict) -> str | None:
    """Whether it fits a category, or looks like much, is asked of items; here only what nobody may be given counts."""
    unsafe = [reason.detail for reason in verdict.reasons if reason.code.value.startswith(_UNSAFE)]
    return "; ".join(unsafe) or None
