from __future__ import annotations

import asyncio
import logging
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.postgres.database import Database
from herofactory.studio.prompts import Draft, translate
from herofactory.studio.prompts.embedding import LOCAL, LocalEmbedder
from herofactory.studio.prompts.makers import Cached, GlossaryMaker, WithFallback
from herofactory.studio.prompts.optimised import Optimised
from herofactory.studio.prompts.optimiser import Optimiser
from herofactory.studio.prompts.storage import PostgresPromptCache
from herofactory.studio.prompts.wish import RemoteFailed, Wish, cache_key

pytestmark = pytest.mark.anyio
SWORD = Wish("불타는 검")
OPTIMISER = Optimiser(GlossaryMaker(), LocalEmbedder())


class Remote:
    """A provider that says `english` of everything, or fails where that is empty."""

    policy = "remote-1"

    def __init__(self, english: str = "a burning sword") -> None:
        self.english = english
        self.asked = 0

    async def make(self, wish: Wish) -> Draft:
        self.asked += 1
        if not self.english:
            raise RemoteFailed("the provider is away")
        return replace(translate(wish.text), subject=self.english, english=self.english, provider="gemini")


async def test_the_same_wish_is_asked_once(database: Database) -> None:
    remote = Remote()
    maker = Cached(remote, PostgresPromptCache(database))
    first = await maker.make(SWORD)
    assert await maker.make(Wish(unicodedata.normalize("NFD", "  불타는  검 "))) == first
    assert remote.asked == 1
    await maker.make(replace(SWORD, preset="pixel-icon"))
    await maker.make(replace(SWORD, sketch=b"png"))
    remote.policy = "remote-2"
    await maker.make(SWORD)
    assert remote.asked == 4


async def test_what_stood_in_for_the_provider_is_not_kept(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    remote = Remote("")
    maker = Cached(WithFallback(remote, GlossaryMaker()), PostgresPromptCache(database))
    with caplog.at_level(logging.WARNING):
        draft = await maker.make(SWORD)
    assert (draft.provider, draft.subject) == ("glossary-fallback", "burning sword")
    assert "the provider is away" in caplog.text
    remote.english = "a burning sword"
    assert (await maker.make(SWORD)).provider == "gemini"


async def test_a_damaged_entry_is_made_anew(database: Database) -> None:
    maker = Cached(GlossaryMaker(), PostgresPromptCache(database))
    first = await maker.make(SWORD)
    async with database.connection() as connection:
        await connection.execute("""UPDATE prompt_cache SET result = '{"english": 7}'""")
    assert await maker.make(SWORD) == first


async def test_a_wish_becomes_a_prompt_with_its_point() -> None:
    made = await Optimiser(GlossaryMaker(), LocalEmbedder()).optimise(SWORD)
    assert made.state == "done"
    assert made.draft == translate(SWORD.text)
    assert (len(made.embedding), made.embedder) == (256, LOCAL)
    assert Optimised.from_json(made.to_json()) == made


@pytest.mark.parametrize("text", ["불타는 검 카톡 010-1234-5678 연락", "burning sword, call 010-1234-5678"])
async def test_a_text_against_the_rules_asks_nobody(text: str) -> None:
    remote = Remote()
    made = await Optimiser(remote, LocalEmbedder()).optimise(Wish(text))
    assert (made.state, made.cause, made.draft, remote.asked) == ("failed", "PROMPT_REJECTED", None, 0)
    assert made.reasons
    assert "010" not in "".join(reason.detail for reason in made.reasons)


async def test_a_prompt_against_the_rules_is_not_given_out() -> None:
    made = await Optimiser(Remote("sword, call 010-1234-5678"), LocalEmbedder()).optimise(SWORD)
    assert (made.state, made.cause) == ("failed", "PROMPT_REJECTED")


async def test_a_text_without_a_known_word_fails_with_a_reason() -> None:
    made = await Optimiser(GlossaryMaker(), LocalEmbedder()).optimise(Wish("뀷뛟"))
    assert (made.state, made.cause, made.draft) == ("failed", "PROMPT_UNTRANSLATABLE", None)
    assert made.reasons[0].detail


async def test_ordinary_wishes_pass_the_rules() -> None:
    optimiser = Optimiser(GlossaryMaker(), LocalEmbedder())
    for text in ("피 묻은 도끼를 든 오크 전사", "독이 든 초록색 물약", "저주받은 해골 왕", "총을 든 로봇 병사"):
        assert (await optimiser.optimise(Wish(text))).state == "done", text


SYLLABLES = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)


@given(st.text(st.one_of(st.characters(exclude_categories=["Cs", "Cc"]), SYLLABLES), min_size=1, max_size=300))
def test_any_text_ends_in_a_prompt_or_in_a_cause_with_reasons(text: str) -> None:
    made = asyncio.run(OPTIMISER.optimise(Wish(text)))
    if made.draft is None:
        assert made.cause in ("PROMPT_REJECTED", "PROMPT_UNTRANSLATABLE")
        assert made.reasons
    else:
        assert made.draft.english.isascii()
        assert made.draft.english.strip()
        assert made.cause is None


@given(st.text(max_size=100))
def test_the_key_of_a_wish_does_not_depend_on_composition(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert cache_key("p", Wish(composed)) == cache_key("p", Wish(decomposed))
