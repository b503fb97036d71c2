"""Prompts in the database: requests, decisions, likeness."""

from __future__ import annotations

import unicodedata
from uuid import UUID, uuid4

import pytest

from herofactory.catalog.text import InvalidField
from herofactory.platform.clock import SystemClock
from herofactory.platform.events import EventCodec
from herofactory.platform.events.studio import PromptOptimised, PromptRequested
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.postgres.vector import vector_support
from herofactory.studio.prompts import translate
from herofactory.studio.prompts.embedding import LOCAL, embed
from herofactory.studio.prompts.optimised import Optimised, Reason
from herofactory.studio.prompts.prompt import Prompt, PromptNotFound
from herofactory.studio.prompts.service import Prompts
from herofactory.studio.prompts.similar import SimilarPrompts

pytestmark = pytest.mark.anyio


@pytest.fixture
def prompts(outbox: Outbox) -> Prompts:
    return Prompts(outbox)


async def ask(database: Database, prompts: Prompts, text: str, owner: str = "u") -> Prompt:
    async with database.transaction() as transaction:
        return await prompts.request(transaction, owner, text)


async def decide(database: Database, prompts: Prompts, prompt: Prompt, made: Optimised) -> bool:
    asked = PromptRequested(str(prompt.id), prompt.owner_id, prompt.text)
    async with database.transaction() as transaction:
        return await prompts.decide(transaction, asked, made, uuid7(), SystemClock().now())


async def done(database: Database, prompts: Prompts, text: str, owner: str = "u", embedder: str = LOCAL) -> UUID:
    draft = translate(text)
    prompt = await ask(database, prompts, text, owner)
    await decide(database, prompts, prompt, Optimised(draft, embedding=embed(draft.subject), embedder=embedder))
    return prompt.id


async def read(database: Database, prompts: Prompts, prompt_id: UUID, owner: str = "u") -> Prompt:
    async with database.connection() as connection:
        return await prompts.read(connection, owner, prompt_id)


async def test_a_request_is_a_row_and_an_event(database: Database, prompts: Prompts, codec: EventCodec) -> None:
    prompt = await ask(database, prompts, unicodedata.normalize("NFD", "  불타는  검 "))
    assert (prompt.text, prompt.state, prompt.optimised) == ("불타는 검", "working", None)
    (row,) = await database.fetch("SELECT topic, key, payload FROM outbox")
    assert (row["topic"], row["key"]) == ("prompt.requested", str(prompt.id))
    assert codec.decode("prompt.requested", bytes(row["payload"])) == PromptRequested(str(prompt.id), "u", "불타는 검")


@pytest.mark.parametrize("text", ["", "   ", "검" * 301, "검\x00"])
async def test_a_text_that_cannot_be_taken_is_refused(database: Database, prompts: Prompts, text: str) -> None:
    with pytest.raises(InvalidField, match="text"):
        await ask(database, prompts, text)


async def test_a_foreign_sketch_and_an_unknown_preset_are_refused(database: Database, prompts: Prompts) -> None:
    async with database.transaction() as transaction:
        with pytest.raises(InvalidField, match="sketch_id"):
            await prompts.request(transaction, "u", "검", sketch_id=uuid4())
        with pytest.raises(InvalidField, match="pixel-icon"):
            await prompts.request(transaction, "u", "검", preset="no-such-look")


async def test_the_first_decision_stays_and_is_told_once(
    database: Database, prompts: Prompts, codec: EventCodec
) -> None:
    prompt = await ask(database, prompts, "불타는 검")
    failed = Optimised(None, "PROMPT_REJECTED", (Reason("SPAM", "it repeats itself"),))
    assert await decide(database, prompts, prompt, failed)
    assert not await decide(database, prompts, prompt, Optimised(translate("불타는 검")))
    now = await read(database, prompts, prompt.id)
    assert (now.state, now.optimised) == ("failed", failed)
    rows = await database.fetch("SELECT payload FROM outbox WHERE topic = 'prompt.optimised'")
    told = [codec.decode("prompt.optimised", bytes(row["payload"])) for row in rows]
    assert told == [PromptOptimised(str(prompt.id), "u", "failed", cause="PROMPT_REJECTED")]


async def test_somebody_elses_prompt_is_not_there(database: Database, prompts: Prompts) -> None:
    prompt = await ask(database, prompts, "불타는 검")
    with pytest.raises(PromptNotFound):
        await read(database, prompts, prompt.id, owner="v")


async def nearest(database: Database, prompts: Prompts, similar: SimilarPrompts) -> list[tuple[UUID, float]]:
    this = await done(database, prompts, "불타는 용의 검")
    return [(like.prompt.id, like.likeness) for like in await similar.like(await read(database, prompts, this), 10)]


async def test_own_prompts_about_the_same_come_nearest_first(database: Database, prompts: Prompts) -> None:
    near = await done(database, prompts, "불타는 검")
    far = await done(database, prompts, "용의 갑옷")
    await done(database, prompts, "조용한 도서관")
    await done(database, prompts, "불타는 용의 검", owner="somebody else")
    await done(database, prompts, "불타는 용의 검", embedder="another maker")
    await ask(database, prompts, "불타는 용의 검")
    similar = SimilarPrompts(database, embedded=False)
    found = await nearest(database, prompts, similar)
    assert [each for each, _ in found][:2] == [near, far]
    assert len(found) == 2
    assert await similar.comparison() == "sql"


async def test_pgvector_finds_the_same_where_it_runs(database: Database, prompts: Prompts) -> None:
    for text in ("불타는 검", "용의 갑옷", "얼어붙은 마법사 지팡이", "불꽃 대검"):
        await done(database, prompts, text)
    similar = SimilarPrompts(database, embedded=True)
    found = await nearest(database, prompts, similar)
    usable = vector_support().usable
    assert await similar.comparison() == ("pgvector" if usable else "sql")
    plain = SimilarPrompts(database, embedded=False)
    plain._comparison = "sql"
    again = [each for each in await nearest(database, prompts, plain) if each[1] < 0.9999]
    assert [each for each, _ in again] == [each for each, _ in found]
    assert [likeness for _, likeness in again] == pytest.approx([likeness for _, likeness in found], abs=1e-5)


async def test_a_prompt_without_a_point_is_like_nothing(database: Database, prompts: Prompts) -> None:
    prompt = await ask(database, prompts, "불타는 검")
    assert await SimilarPrompts(database, embedded=False).like(prompt, 10) == []
