"""Pseudonyms: who is who, without saying who it is."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg_pool import PoolTimeout

from herofactory.insights.privacy.keys import Key, current
from herofactory.platform.clock import Clock
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.logging import get_logger

_log = get_logger(__name__)
_BYTES = 8
RETRY_S = 1.0
LOOK_S = 3600.0
"""Seconds between two looks whether the key is still the one to use."""
FIRST_S = 2.0
"""Seconds that a start waits for the key; without it what people do is not observed, and nothing else changes."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of who makes a request: used for the pseudonym only, and stored nowhere."""

    user: str | None = None
    session: str | None = None
    address: str = ""
    agent: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The signed-in user, else the visit that the client named, else address and agent."""
        if self.user:
            return ("user", self.user)
        return ("session", self.session) if self.session else ("address", self.address, self.agent)


class Pseudonyms:
    """Holds the key in memory: a database that goes down later changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._key: Key | None = None

    def of(self, identity: Identity) -> str | None:
        """16 hexadecimal digits; None while the key could not be read yet."""
        if self._key is None:
            return None
        # Lengths before the parts: two identities never give the same text.
        text = "".join(f"{len(part)}:{part}" for part in identity.parts)
        digest = hmac.digest(self._key.secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return digest[:_BYTES].hex()

    async def load(self) -> None:
        """Raises psycopg.Error and PoolTimeout."""
        now = self._clock.now()
        async with self._database.transaction() as transaction:
            self._key = await current(transaction, now)

    async def load_soon(self) -> None:
        """`load`, but for at most FIRST_S seconds and without an error; `keep` goes on trying."""
        try:
            async with asyncio.timeout(FIRST_S):
                await self.load()
        except (psycopg.Error, PoolTimeout, TimeoutError) as error:
            _log.warning("no key for pseudonyms yet: nothing is observed until then", error=str(error))

    async def keep(self) -> None:
        """Read the key as long as there is none, and the next one when its time comes. Runs until cancelled."""
        while True:
            await self._clock.sleep(self._pause_s())
            if self._is_due():
                try:
                    await self.load()
                except (psycopg.Error, PoolTimeout) as error:
                    _log.warning("the key for pseudonyms cannot be read; trying again", error=str(error))

    def _is_due(self) -> bool:
        return self._key is None or self._key.until <= self._clock.now()

    def _pause_s(self) -> float:
        if self._key is None or self._is_due():
            return RETRY_S
        left: timedelta = self._key.until - self._clock.now()
        return min(LOOK_S, max(RETRY_S, left.total_seconds()))
