"""How far the sample catalogue is: taken in, judged, found."""

from __future__ import annotations

from dataclasses import dataclass

from herofactory.platform.postgres.database import Connection

SAMPLE = "sample"
"""The source of the sample catalogue in the table `imports`."""


@dataclass(frozen=True, slots=True)
class SampleImport:
    total: int
    """Items the catalogue has; 0 while that is not known yet."""
    finished: bool
    pending: int
    """Its items that wait for their verdict."""
    approved: int
    """Its items that belong into the search."""
    failure: str | None = None
    """Why it could not be loaded, until it is tried again."""

    def is_searchable(self, searchable: int) -> bool:
        """Whether all of it is found, given how many documents the index holds in all."""
        return self.finished and not self.pending and searchable >= self.approved


async def sample_import(connection: Connection) -> SampleImport | None:
    """None where no sample catalogue was asked for."""
    cursor = await connection.execute(
        """SELECT i.total, i.finished_at IS NOT NULL AS finished, i.failure, n.pending, n.approved
             FROM imports i CROSS JOIN LATERAL (
                  SELECT count(*) FILTER (WHERE status = 'pending') AS pending,
                         count(*) FILTER (WHERE status = 'approved') AS approved
                    FROM items WHERE seller_id = i.seller_id) n
            WHERE i.source = %s""",
        (SAMPLE,),
    )
    row = await cursor.fetchone()
    return SampleImport(**row) if row else None
