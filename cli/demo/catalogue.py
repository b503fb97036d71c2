"""What the demo asks the database and the log."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from cli.compose import dsn_of
from cli.running import existing_log
from herofactory.catalog.imports import SAMPLE
from herofactory.platform.delivery import list_dead_letters
from herofactory.platform.settings import Settings

_VERDICTS = """
SELECT status || coalesce(', ' || (reason ->> 'code'), '') AS verdict, coalesce(verdict_provider, '-') AS provider,
       count(*) AS items
FROM items LEFT JOIN LATERAL jsonb_array_elements(verdict -> 'reasons') AS reason ON true
GROUP BY 1, 2 ORDER BY 3 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class ImportState:
    finished: bool
    failure: str | None
    total: int


class Catalogue:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def sample(self) -> ImportState:
        rows = self._rows("SELECT finished_at IS NOT NULL, failure, total FROM imports WHERE source = %s", SAMPLE)
        return ImportState(*rows[0]) if rows else ImportState(False, None, 0)

    def first_accepted(self) -> datetime:
        """When the first item of the sample was accepted."""
        query = "SELECT min(created_at) FROM items WHERE seller_id = (SELECT seller_id FROM imports WHERE source = %s)"
        moment: datetime = self._rows(query, SAMPLE)[0][0]
        return moment

    def verdicts(self) -> list[tuple[str, str, int]]:
        """Verdict with reason, who gave it, how many items; an item with two reasons counts under both."""
        return self._rows(_VERDICTS)

    def dead_letters(self) -> list[str]:
        with closing(existing_log(self._settings)) as log:
            return [f"{letter.agent}: {letter.cause}: {letter.message}" for letter in list_dead_letters(log)]

    def _rows(self, query: str, *parameters: object) -> list[Any]:
        with psycopg.connect(dsn_of(self._settings), autocommit=True) as connection:
            return connection.execute(query.encode(), parameters).fetchall()
