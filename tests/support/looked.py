"""Searches, clicks and views of people, put through the real fold into a real database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from herofactory.insights.intake import Intake
from herofactory.insights.keeping import segments
from herofactory.insights.keeping.keeper import Keeper
from herofactory.insights.keeping.place import Place
from herofactory.insights.keeping.refold import SearchRefold
from herofactory.platform.clock import SystemClock
from herofactory.platform.events.search import Source
from herofactory.platform.ids import uuid7
from herofactory.platform.postgres.database import Database
from herofactory.platform.telemetry.metrics import NoMetrics

AGO = timedelta(minutes=20)


class Looked:
    """Collects; `fold` stores it and has its figures made."""

    def __init__(self, source: Source = "typed") -> None:
        self._intake = Intake()
        self._source = source

    def search(
        self, text: str, people: Iterable[int], *, total: int = 3, ago: timedelta = AGO, clicked: Sequence[str] = ()
    ) -> Looked:
        """Once by each person, who all click the first of `clicked`, and view all of it."""
        at = (datetime.now(UTC) - ago).timestamp()
        for number in people:
            person, session = f"{number:016x}", f"session-{number}"
            query_id = query_id_at(at, number)
            self._intake.search(
                str(uuid7()), at, at, session, person, self._source, query_id, text, 1, total, False
            )  # fmt: skip
            for place, item_id in enumerate(clicked, 1):
                if place == 1:
                    self._intake.click(
                        str(uuid7()), at + 5, at + 5, session, person, self._source, query_id, item_id, place, 5_000
                    )
                self._intake.view(str(uuid7()), at + 5 + place, at + 5, session, person, self._source, item_id)
        return self

    async def fold(self, database: Database) -> None:
        clock = SystemClock()
        rows = {Place(1, "search", *where): within for where, within in self._intake.rows.items()}
        async with database.transaction() as transaction:
            await segments.append(transaction, rows)
            await segments.mark(transaction, dict.fromkeys(rows, clock.now()))
        await Keeper(database, clock, NoMetrics(), {"search": SearchRefold()}).turn()


def query_id_at(at: float, number: int) -> str:
    text = f"{int(at * 1000) << 80 | 7 << 76 | 2 << 62 | number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
