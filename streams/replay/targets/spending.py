"""External effects of a replayed agent: stored results answer, and the rest is counted against a stated budget."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.errors import Fatal, Outage
from herofactory.platform.delivery.replayable import Answered
from herofactory.platform.postgres.database import Database

LIVE_S = 300.0
"""A record that the log took so lately is the live agent's: it asks, and stores what it is told."""
SOON_S = 1.0


class Spending:
    """Of one generation of a target."""

    def __init__(
        self, database: Database, clock: Clock, target: str, generation: int, answered: Answered, most: int
    ) -> None:
        self._database, self._clock = database, clock
        self._target, self._generation = target, generation
        self._answered = answered
        self._most = most
        self._one_at_a_time = asyncio.Lock()

    async def allow(self, deliveries: Sequence[Delivery]) -> None:
        """Returns where none of them needs more than the budget has left. Raises Outage while the live agent is about
        to ask, and Fatal beyond the budget."""
        ids = {UUID(delivery.event_id): delivery for delivery in deliveries}
        for event_id in ids.keys() - set(await self._answered(list(ids))):
            since = self._clock.now().timestamp() - ids[event_id].record.timestamp
            if since < LIVE_S:
                raise Outage(f"waits for the live agent to deal with event {event_id}", retry_after=SOON_S)
            await self._ask(event_id)

    async def _ask(self, event_id: UUID) -> None:
        async with self._one_at_a_time:
            asked = await self._database.fetch_one(
                "SELECT count(*) AS number, coalesce(bool_or(event_id = %s), false) AS known FROM replay_asked"
                " WHERE target = %s AND generation = %s",
                event_id,
                self._target,
                self._generation,
            )
            assert asked is not None
            if asked["known"]:
                return
            if asked["number"] >= self._most:
                raise Fatal(
                    f"event {event_id} has no stored result, and the budget of {self._most:,} calls is spent: plan "
                    "again with a larger one"
                )
            await self._database.fetch(
                "INSERT INTO replay_asked (target, generation, event_id) VALUES (%s, %s, %s) RETURNING event_id",
                self._target,
                self._generation,
                event_id,
            )
