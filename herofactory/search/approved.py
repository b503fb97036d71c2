from __future__ import annotations

from collections.abc import Generator

import psycopg

from herofactory.platform.telemetry.logging import get_logger
from herofactory.search.document import ItemDocument
from herofactory.search.errors import DocumentError

_FETCH = 1_000
"""Rows of one round trip."""


def approved(dsn: str) -> Generator[ItemDocument, None, None]:
    """Every approved item in one snapshot, as the mirror writes it.

    No offset has to be noted: what the mirror told before the snapshot is in it, and what it tells afterwards is still
    to come, in order, with higher revisions.
    """
    with psycopg.connect(dsn) as connection, connection.cursor("approved") as cursor:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        cursor.itersize = _FETCH
        cursor.execute("SELECT item_document(items) FROM items WHERE status = 'approved' ORDER BY id")
        for (document,) in cursor:
            try:
                yield ItemDocument.from_json(document)
            except DocumentError as error:  # as the indexing agent does: one bad row holds up no other
                get_logger(__name__).warning("an item cannot be indexed", item=document["id"], error=str(error))
