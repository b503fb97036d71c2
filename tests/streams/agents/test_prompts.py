"""Wishes become prompts, whatever crashes: real PostgreSQL, fake clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar
from uuid import UUID

import pytest

from herofactory.platform.delivery import TopicValues
from herofactory.platform.events import EventCodec
from herofactory.platform.events.studio import PromptOptimised, PromptRequested
from herofactory.platform.outbox import Outbox
from herofactory.platform.telemetry.metrics import NoMetrics
from herofactory.studio.prompts import Draft
from herofactory.studio.prompts.embedding import LocalEmbedder
from herofactory.studio.prompts.makers import GlossaryMaker
from herofactory.studio.prompts.optimiser import Optimiser
from herofactory.studio.prompts.service import Prompts
from herofactory.studio.prompts.storage import PromptResults
from herofactory.studio.prompts.wish import Wish
from streams.agents.prompts import prompts
from streams.testing import TopologyDriver
from streams.testing_clock import FakeClock
from streams.topics import ITEM_MIRRORED, PROMPT_OPTIMISED, PROMPT_REQUESTED
from tests.support.driven import Driven

T = TypeVar("T")


class Counting:
    """The glossary, counting."""

    policy = "test"

    def __init__(self) -> None:
        self.wishes: list[Wish] = []

    async def make(self, wish: Wish) -> Draft:
        self.wishes.append(wish)
        return await GlossaryMaker().make(wish)


class Studio(Driven):
    def __init__(self, dsn: str, codec: EventCodec) -> None:
        super().__init__(dsn)
        self.codec = codec
        self.clock = FakeClock()
        self.maker = Counting()
        self.prompts = Prompts(Outbox(codec))
        optimiser = Optimiser(self.maker, LocalEmbedder())
        results = PromptResults(self.database)
        agent = prompts(optimiser, self.prompts, results, self.database, self._sketch, self.clock, NoMetrics())
        self.driver = TopologyDriver([agent], TopicValues(codec, [ITEM_MIRRORED]), clock=self.clock)

    def ask(self, text: str, sketch: UUID | None = None) -> UUID:
        async def request() -> UUID:
            async with self.database.transaction() as transaction:
                return (await self.prompts.request(transaction, "u", text, sketch_id=sketch)).id

        return self.run(request())

    def tell(self) -> None:
        """All requests there are, once more."""
        rows = self.sql("SELECT id, payload, occurred_at FROM outbox WHERE topic = %s ORDER BY seq", PROMPT_REQUESTED)
        for row in rows:
            event = self.codec.decode(PROMPT_REQUESTED, bytes(row["payload"]))
            assert isinstance(event, PromptRequested)
            self.driver.feed(PROMPT_REQUESTED, event.key, event, event_id=str(row["id"]))
        self.driver.run_until_idle()

    def told(self) -> list[PromptOptimised]:
        rows = self.sql("SELECT payload FROM outbox WHERE topic = %s ORDER BY seq", PROMPT_OPTIMISED)
        events = [self.codec.decode(PROMPT_OPTIMISED, bytes(row["payload"])) for row in rows]
        return [event for event in events if isinstance(event, PromptOptimised)]

    async def _sketch(self, asset_id: UUID) -> bytes:
        return b"png"


@pytest.fixture
def studio(dsn: str, codec: EventCodec) -> Iterator[Studio]:
    with Studio(dsn, codec) as studio:
        yield studio
        dead = studio.driver.dead_letters("prompts")
    assert not dead


def test_a_wish_becomes_a_prompt_with_its_event(studio: Studio) -> None:
    prompt_id = studio.ask("불타는 검")
    studio.tell()
    (row,) = studio.sql("SELECT id, state, cause, embedder, cardinality(embedding) AS size FROM prompts")
    assert row == {"id": prompt_id, "state": "done", "cause": None, "embedder": "hashed-1", "size": 256}
    (event,) = studio.told()
    assert (event.prompt_id, event.owner_id, event.state) == (str(prompt_id), "u", "done")
    assert (event.language, event.provider) == ("ko", "glossary")
    assert event.english.startswith("burning sword")
    assert {word.category for word in event.keywords} == {"shape", "material", "colour", "mood", "light", "style"}


@pytest.mark.parametrize("before", ["effect", "ack"])
def test_a_crash_and_a_repeat_ask_nobody_again_and_tell_once(studio: Studio, before: Any) -> None:
    studio.ask("불타는 검")
    studio.driver.crash("prompts", before)
    studio.tell()
    studio.tell()
    assert studio.driver.crashes("prompts") == 1
    assert len(studio.maker.wishes) == 1
    assert len(studio.told()) == 1


def test_a_result_that_was_kept_before_a_crash_is_used(studio: Studio) -> None:
    studio.ask("불타는 검")
    studio.tell()
    studio.sql("UPDATE prompts SET state = 'working', result = NULL RETURNING id")
    studio.sql("DELETE FROM outbox WHERE topic = %s RETURNING id", PROMPT_OPTIMISED)
    studio.tell()
    assert len(studio.maker.wishes) == 1
    assert [event.state for event in studio.told()] == ["done"]


def test_a_text_against_the_rules_fails_with_a_cause(studio: Studio) -> None:
    studio.ask("불타는 검 문의는 카톡 010-1234-5678")
    studio.tell()
    (event,) = studio.told()
    assert (event.state, event.cause, event.english) == ("failed", "PROMPT_REJECTED", "")
    assert studio.maker.wishes == []


def test_a_text_without_a_known_word_fails_with_a_cause(studio: Studio) -> None:
    studio.ask("뀷뛟")
    studio.tell()
    assert [(event.state, event.cause) for event in studio.told()] == [("failed", "PROMPT_UNTRANSLATABLE")]


def test_a_sketch_is_shown_to_the_provider(studio: Studio) -> None:
    rows = studio.sql(
        "INSERT INTO assets (owner_id, sha256, media_type, width, height, bytes)"
        " VALUES ('u', repeat('a', 64), 'image/png', 1, 1, 1) RETURNING id"
    )
    studio.ask("불타는 검", rows[0]["id"])
    studio.tell()
    assert studio.maker.wishes == [Wish("불타는 검", None, b"png")]
    assert studio.told()[0].state == "done"


def test_a_prompt_that_is_gone_is_not_told_of(studio: Studio) -> None:
    studio.ask("불타는 검")
    studio.sql("DELETE FROM prompts RETURNING id")
    studio.tell()
    assert studio.told() == []
