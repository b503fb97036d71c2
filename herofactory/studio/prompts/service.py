"""What can be done with prompts. A request and the event that tells of it share one transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from herofactory.assets import repository as assets
from herofactory.catalog import text as written
from herofactory.catalog.text import InvalidField
from herofactory.platform.events.studio import PromptOptimised, PromptRequested
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Connection
from herofactory.studio.jobs.request import TEXT_MAX
from herofactory.studio.presets.preset import presets
from herofactory.studio.prompts import repository
from herofactory.studio.prompts.optimised import Optimised
from herofactory.studio.prompts.prompt import Prompt, PromptNotFound


class Prompts:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def request(
        self,
        transaction: Connection,
        owner_id: str,
        text: str,
        *,
        sketch_id: UUID | None = None,
        preset: str | None = None,
    ) -> Prompt:
        """A prompt that is worked on from now. Raises InvalidField."""
        text = written.line("text", text, longest=TEXT_MAX)
        if preset is not None and preset not in presets():
            raise InvalidField("preset", f"there is no preset {preset[:40]!r}; there are {', '.join(presets())}")
        if sketch_id is not None and not await assets.owned_by(transaction, sketch_id, owner_id):
            raise InvalidField("sketch_id", f"you have uploaded no image {sketch_id}; POST it to /api/v1/uploads first")
        prompt = await repository.insert(transaction, uuid7(), owner_id, text, sketch_id, preset)
        sketch = str(sketch_id) if sketch_id else None
        await self._outbox.put(transaction, PromptRequested(str(prompt.id), owner_id, text, sketch, preset))
        return prompt

    async def read(self, connection: Connection, owner_id: str, prompt_id: UUID) -> Prompt:
        """An own prompt. Raises PromptNotFound."""
        prompt = await repository.get(connection, owner_id, prompt_id)
        if prompt is None:
            raise PromptNotFound(f"you have no prompt {prompt_id}")
        return prompt

    async def decide(
        self, transaction: Connection, asked: PromptRequested, optimised: Optimised, event_id: UUID, at: datetime
    ) -> bool:
        """Store what became of it and tell. False, and nothing told, where that was done before or it is gone."""
        if not await repository.decide(transaction, UUID(asked.prompt_id), optimised, at):
            return False
        await self._outbox.put(transaction, _told(asked, optimised), event_id=event_id, occurred_at=at)
        return True


def _told(asked: PromptRequested, optimised: Optimised) -> PromptOptimised:
    draft = optimised.draft
    if draft is None:
        return PromptOptimised(asked.prompt_id, asked.owner_id, "failed", cause=optimised.cause)
    return PromptOptimised(
        asked.prompt_id,
        asked.owner_id,
        "done",
        language=draft.language,
        english=draft.english,
        negative=draft.negative,
        keywords=draft.keywords,
        untranslated=draft.untranslated,
        provider=draft.provider,
    )
