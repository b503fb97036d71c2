"""Where the end state is read: PostgreSQL through psycopg, the API through httpx, the event log as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from tests.chaos.check.events import LogFile


@dataclass(frozen=True, slots=True)
class Evidence:
    dsn: str
    url: str
    log: LogFile
    admin: str
    """A token that may see everything."""

    @classmethod
    def of(cls, dsn: str, url: str, data: Path, admin: str) -> Evidence:
        """`data`: the platform's folder."""
        return cls(dsn, url, LogFile(data / "log" / "log.db"), admin)

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.dsn, autocommit=True, connect_timeout=5, row_factory=dict_row) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    @contextmanager
    def http(self, token: str | None = None) -> Iterator[httpx.Client]:
        headers = {"x-source": "test", **({"authorization": f"Bearer {token}"} if token else {})}
        with httpx.Client(base_url=self.url, trust_env=False, timeout=30, headers=headers) as http:
            yield http
