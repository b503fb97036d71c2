"""The keys of pseudonyms, in the database: made when needed, changed once a year, destroyed after retention."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from herofactory.platform.postgres.database import Connection

USED_FOR = timedelta(days=365)
"""A person counts as two where a range of figures spans a change of key: so it is rare."""
KEPT_AFTER = timedelta(days=95)
"""What was made with a key is kept this long (streams.topics.OBSERVED_S), so that figures can be made again."""
_BYTES = 32
# Two processes that start at once agree on one key. Any constant will do.
_LOCK = 0x50534555


@dataclass(frozen=True, slots=True)
class Key:
    secret: bytes
    until: datetime
    """From here on another key makes the pseudonyms."""


async def current(transaction: Connection, now: datetime) -> Key:
    """The key that makes pseudonyms `now`; a new one where there is none."""
    await transaction.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    cursor = await transaction.execute(
        "SELECT secret, until FROM pseudonym_keys WHERE until > %s ORDER BY id DESC LIMIT 1", (now,)
    )
    row = await cursor.fetchone()
    if row is not None:
        return Key(bytes(row["secret"]), row["until"])
    key = Key(secrets.token_bytes(_BYTES), now + USED_FOR)
    await transaction.execute(
        "INSERT INTO pseudonym_keys (secret, created_at, until) VALUES (%s, %s, %s)", (key.secret, now, key.until)
    )
    return key


async def sweep(transaction: Connection) -> int:
    """Destroy the keys of which nothing is kept any more; how many. Nobody can tell then who a pseudonym was."""
    cursor = await transaction.execute(
        "DELETE FROM pseudonym_keys WHERE until <= clock_timestamp() - %s::interval", (KEPT_AFTER,)
    )
    return cursor.rowcount
