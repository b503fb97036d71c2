from __future__ import annotations

import pytest
from pydantic import SecretStr

from herofactory.moderation import LayeredModerator, LocalRules, policies
from herofactory.moderation.judges import judge_of
from herofactory.moderation.moderator import close
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings

pytestmark = pytest.mark.anyio


async def test_without_a_provider_the_local_rules_judge_alone(settings: Settings, database: Database) -> None:
    assert isinstance(judge_of(settings, database, policies.first()), LocalRules)


async def test_a_provider_stands_behind_the_local_rules(settings: Settings, database: Database) -> None:
    settings = settings.model_copy(update={"moderation": "openai", "openai_api_key": SecretStr("sk")})
    judge = judge_of(settings, database, policies.load("2026-12"))
    assert isinstance(judge, LayeredModerator)
    assert [part.partition("+")[0] for part in judge.policy.split(";")] == ["local-2026-12", "openai-2026-12"]
    await close(judge)


async def test_a_policy_may_do_without_the_glossary(settings: Settings, database: Database) -> None:
    text = policies.text_of("2026-12").replace("[rules]\n", "[rules]\nglossary = false\n")
    with_it, without = (
        judge_of(settings, database, policies.parse(each)) for each in (policies.text_of("2026-12"), text)
    )
    lexicon = with_it.policy.partition("+")[2]
    assert lexicon.startswith(without.policy.partition("+")[2])
    assert lexicon != without.policy.partition("+")[2]
