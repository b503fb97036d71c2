from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from cli.prompts import optimiser_of
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.studio.prompts.wish import Wish

pytestmark = pytest.mark.anyio


def settings(**fields: object) -> Settings:
    return Settings(_env_file=None, **fields)  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize("fields", [{"prompts": "gemini"}, {"prompts_embedder": "gemini"}])
def test_gemini_needs_its_key(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="GEMINI_API_KEY"):
        settings(**fields)


def test_openai_needs_its_key() -> None:
    with pytest.raises(ValidationError, match="OPENAI_API_KEY"):
        settings(prompts_embedder="openai")


async def test_the_glossary_needs_nothing(database: Database) -> None:
    made = await optimiser_of(settings(), database).optimise(Wish("불타는 검"))
    assert made.draft is not None
    assert made.draft.provider == "glossary"


async def test_where_gemini_is_away_the_glossary_stands_in(database: Database) -> None:
    chosen = settings(
        prompts="gemini", prompts_embedder="gemini", gemini_api_key=SecretStr("k"),
        gemini_base_url="http://127.0.0.1:9", prompts_timeout_s=0.5,
    )  # fmt: skip
    made = await optimiser_of(chosen, database).optimise(Wish("불타는 검"))
    assert made.draft is not None
    assert (made.draft.provider, made.embedder) == ("glossary-fallback", "hashed-1")
    (row,) = await database.fetch("SELECT calls, micro_usd FROM prompt_budget")
    assert row == {"calls": 0, "micro_usd": 0}
