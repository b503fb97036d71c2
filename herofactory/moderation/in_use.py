"""Which policy verdicts are made by: the first one, until a replay put another in its place."""

from __future__ import annotations

from herofactory.moderation import policies
from herofactory.moderation.policy import Policy
from herofactory.moderation.results import TARGET
from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.replay import generations


async def policy_in_use(database: Database) -> Policy:
    async with database.connection() as connection:
        return await policy_of(connection, await generations.active(connection, TARGET))


async def policy_of(connection: Connection, generation: int) -> Policy:
    """Raises LookupError for a generation that was never made, or is dropped."""
    if generation == generations.FIRST:
        return policies.first()
    cursor = await connection.execute("SELECT policy FROM moderation_policies WHERE generation = %s", (generation,))
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"there is no policy of generation {generation} of {TARGET}")
    return policies.parse(row["policy"])


async def keep_policy(transaction: Connection, generation: int, text: str, most_calls: int) -> Policy:
    """As it is now, whatever becomes of its file. Idempotent: the first text stays, the budget is the last one."""
    await transaction.execute(
        "INSERT INTO moderation_policies (generation, version, policy, most_calls) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (generation) DO UPDATE SET most_calls = excluded.most_calls",
        (generation, policies.parse(text).name, text, most_calls),
    )
    return await policy_of(transaction, generation)


async def forget(transaction: Connection, generation: int) -> None:
    """The policy of a generation and its verdicts. Those of the first stay: they answer repeats of events."""
    await transaction.execute("DELETE FROM moderation_policies WHERE generation = %s", (generation,))
    await transaction.execute("DELETE FROM moderation_verdicts WHERE generation = %s", (generation,))
