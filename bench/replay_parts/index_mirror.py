"""A catalogue as the mirror tells it, in the embedded log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import psycopg

from bench.search import catalogue
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.events import Headers
from herofactory.platform.ids import uuid7
from herofactory.platform.records import Outgoing, Record
from herofactory.search.document import ItemDocument
from streams.topics import ITEM_MIRRORED

_PAGE = 5_000


def fill(log: EventLog, items: int) -> int:
    """Bytes of all values."""
    size = 0
    documents = catalogue(items)
    while page := list(islice(documents, _PAGE)):
        messages = [_message(document) for document in page]
        log.publish(messages)
        size += sum(len(message.value or b"") for message in messages)
    return size


def documents(log: EventLog) -> Iterator[list[ItemDocument]]:
    """Pages of them, read and parsed."""
    for partition, held in log.offsets(ITEM_MIRRORED).items():
        at = held.earliest
        while page := log.read(ITEM_MIRRORED, partition, at, _PAGE):
            yield [_document(record) for record in page]
            at = page[-1].offset + 1


def _message(document: ItemDocument) -> Outgoing:
    headers = Headers(str(uuid7()), ITEM_MIRRORED, document.created_at, document.revision)
    return Outgoing(ITEM_MIRRORED, document.id.encode(), document.dumps(), headers.to_bytes())


def _document(record: Record) -> ItemDocument:
    assert record.value is not None
    return ItemDocument.loads(record.value)


def fill_database(dsn: str, items: int) -> None:
    """The same as approved items, past the triggers: nobody follows here."""
    columns = "id, seller_id, name, description, category, tags, price, popularity, status, created_at"
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        with cursor.copy(f"COPY items ({columns}) FROM STDIN".encode()) as copy:
            for each in catalogue(items):
                text = (each.name, each.description, each.category, list(each.tags))
                copy.write_row((each.id, "bench", *text, each.price, each.popularity, "approved", each.created_at))
