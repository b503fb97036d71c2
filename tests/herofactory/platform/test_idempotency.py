from __future__ import annotations

import asyncio

import pytest

from herofactory.platform.idempotency import KEPT_S, Answer, IdempotencyKey, KeyReused, sweep
from herofactory.platform.postgres.database import Database

pytestmark = pytest.mark.anyio
KEY = IdempotencyKey("user-1", "k", "fingerprint")
ANSWER = Answer(201, {"id": 1})


async def do_once(database: Database, key: IdempotencyKey = KEY) -> tuple[Answer, bool]:
    """The answer, and whether the effect took place."""
    async with database.transaction() as transaction:
        kept = await key.claim(transaction)
        if kept is None:
            await asyncio.sleep(0.01)
            await key.store(transaction, ANSWER)
        return kept or ANSWER, kept is None


async def test_the_first_answer_is_given_again(database: Database) -> None:
    assert await do_once(database) == (ANSWER, True)
    assert await do_once(database) == (ANSWER, False)


async def test_of_requests_at_the_same_time_one_takes_effect(database: Database) -> None:
    done = await asyncio.gather(*(do_once(database) for _ in range(6)))
    assert sorted(effect for _, effect in done) == [False] * 5 + [True]
    assert {answer.status for answer, _ in done} == {201}


async def test_the_same_key_for_another_request_is_refused(database: Database) -> None:
    await do_once(database)
    with pytest.raises(KeyReused, match="'k' was used before"):
        await do_once(database, IdempotencyKey("user-1", "k", "another"))


async def test_two_users_may_choose_the_same_key(database: Database) -> None:
    await do_once(database)
    assert (await do_once(database, IdempotencyKey("user-2", "k", "another")))[1]


async def test_an_effect_that_was_taken_back_leaves_its_key_free(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as transaction:
            await KEY.claim(transaction)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert (await do_once(database))[1]


async def test_a_sweep_forgets_what_is_older_than_it_is_kept(database: Database) -> None:
    await do_once(database)
    async with database.transaction() as transaction:
        assert await sweep(transaction) == 0
        await transaction.execute(
            "UPDATE idempotency_keys SET created_at = created_at - make_interval(secs => %s)", (KEPT_S,)
        )
        assert await sweep(transaction) == 1
    assert (await do_once(database))[1]
