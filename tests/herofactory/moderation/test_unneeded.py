"""What providers answered stays for as long as any item may be judged by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import pytest

from herofactory.moderation.answers import answer_key
from herofactory.moderation.cache import cache_key
from herofactory.moderation.storage import PostgresAnswers, PostgresVerdictCache
from herofactory.moderation.subject import Subject
from herofactory.moderation.unneeded import KEPT, forget
from herofactory.moderation.verdict import Decision, Verdict
from herofactory.platform.postgres.database import Database

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, tzinfo=UTC)
SWORD = Subject(str(uuid4()), "smith", "강철 검", "단단한 검", "weapon", ("검", "강철"), b"png")
SHIELD = replace(SWORD, item_id=str(uuid4()), name="방패", image=None)
QUESTIONS = ("scores", "check")
POLICIES = ("openai-2026-11+a:b:c", "openai-우리 첫+a:b:c")


async def answered(database: Database, subject: Subject, at: datetime) -> None:
    for question in QUESTIONS:
        key = answer_key(question, subject)
        await PostgresAnswers(database).put(key, b"{}")
        await database.fetch("UPDATE moderation_answers SET created_at = %s WHERE key = %s RETURNING key", at, key)


async def known(database: Database, subject: Subject) -> int:
    keys = [answer_key(question, subject) for question in QUESTIONS]
    return len(await database.fetch("SELECT FROM moderation_answers WHERE key = ANY(%s)", keys))


async def offered(database: Database, subject: Subject) -> None:
    image_id: UUID | None = None
    if subject.image is not None:
        image_id = uuid4()
        await database.fetch(
            "INSERT INTO assets (id, owner_id, sha256, media_type, width, height, bytes)"
            " VALUES (%s, %s, %s, 'image/png', 1, 1, 3) RETURNING id",
            image_id,
            subject.seller_id,
            sha256(subject.image).hexdigest(),
        )
    await database.fetch(
        "INSERT INTO items (id, seller_id, name, description, category, tags, price, image_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, 1, %s) RETURNING id",
        subject.item_id,
        subject.seller_id,
        subject.name,
        subject.description,
        subject.category,
        list(subject.tags),
        image_id,
    )


async def test_what_no_item_is_any_more_is_forgotten_after_a_while(database: Database) -> None:
    await offered(database, SWORD)
    for subject in (SWORD, SHIELD):
        await answered(database, subject, NOW - KEPT * 2)
    lately = replace(SHIELD, name="새 방패")
    await answered(database, lately, NOW)
    assert await forget(database, NOW) == 2
    assert [await known(database, subject) for subject in (SWORD, SHIELD, lately)] == [2, 0, 2]
    assert await forget(database, NOW) == 0


async def test_an_answer_stays_while_anybody_offers_the_same(database: Database) -> None:
    copy = replace(SWORD, item_id=str(uuid4()), seller_id="other", tags=("강철", "검"))
    await offered(database, SWORD)
    await offered(database, copy)
    await answered(database, SWORD, NOW - KEPT * 2)
    await database.fetch("DELETE FROM items WHERE id = %s RETURNING id", SWORD.item_id)
    assert await forget(database, NOW) == 0
    await database.fetch("UPDATE items SET description = 'other' WHERE id = %s RETURNING id", copy.item_id)
    assert await forget(database, NOW) == 2


async def judged(database: Database, subject: Subject, at: datetime) -> None:
    cache = PostgresVerdictCache(database)
    for policy in POLICIES:
        key = cache_key(policy, subject)
        await cache.put(key, Verdict(Decision.APPROVED, policy, "openai"))
        await database.fetch("UPDATE moderation_cache SET created_at = %s WHERE key = %s RETURNING key", at, key)


async def remembered(database: Database, subject: Subject) -> int:
    cache = PostgresVerdictCache(database)
    return len([policy for policy in POLICIES if await cache.get(cache_key(policy, subject))])


async def test_verdicts_of_every_policy_stay_as_long_as_the_content_they_are_about(database: Database) -> None:
    await offered(database, SWORD)
    lately = replace(SHIELD, name="새 방패")
    for subject, at in ((SWORD, NOW - KEPT * 2), (SHIELD, NOW - KEPT * 2), (lately, NOW)):
        await judged(database, subject, at)
    assert await forget(database, NOW) == 2
    assert [await remembered(database, subject) for subject in (SWORD, SHIELD, lately)] == [2, 0, 2]
    await database.fetch("UPDATE items SET name = 'other' WHERE id = %s RETURNING id", SWORD.item_id)
    assert await forget(database, NOW) == 2
    assert await remembered(database, SWORD) == 0


async def test_a_damaged_verdict_that_is_old_is_forgotten_too(database: Database) -> None:
    await database.fetch("INSERT INTO moderation_cache VALUES ('k', '{}', %s) RETURNING key", NOW - KEPT - KEPT)
    assert await forget(database, NOW) == 1
