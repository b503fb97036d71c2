"""What became of a merchant's items, in PostgreSQL, in `item.mirrored` and in Elasticsearch, each asked directly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import httpx
import psycopg

from herofactory.platform.eventlog.kafka import KafkaLog
from herofactory.platform.records import Record
from tests.stack.merchant import Merchant

MIRROR = "item.mirrored"
Facts = tuple[str, int]
"""Name and price."""


class Audit:
    def __init__(self, merchant: Merchant, dsn: str, log: KafkaLog, elasticsearch: str) -> None:
        self._merchant, self._dsn, self._log, self._elasticsearch = merchant, dsn, log, elasticsearch
        self.wanted: Mapping[str, Facts] = {id: (each.name, each.price) for id, each in merchant.pieces.items()}

    def problems(self) -> list[str]:
        """Empty when all is as it was accepted. To be asked until then: events may be under way."""
        rows = self._rows()
        listed = {id: revision for id, (_, _, status, revision) in rows.items() if status == "approved"}
        found = {id: (name, price) for id, (name, price, _, _) in rows.items()}
        problems = _differences("PostgreSQL", found, self.wanted)
        problems += [f"not approved: {id} {rows[id]}" for id in rows.keys() - listed.keys()]
        problems += _differences("Elasticsearch", self._indexed(), self.wanted)
        return problems + self._mirror(listed)

    def _rows(self) -> dict[str, tuple[str, int, str, int]]:
        query = "SELECT id::text, name, price, status, revision FROM items WHERE tags @> ARRAY[%s]"
        with psycopg.connect(self._dsn) as connection:
            rows = connection.execute(query, (self._merchant.tag,)).fetchall()
        assert len({row[1] for row in rows}) == len(rows), "a repeated request made a second item"
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}

    def _indexed(self) -> dict[str, Facts]:
        httpx.post(f"{self._elasticsearch}/items/_refresh", timeout=30).raise_for_status()
        # What is gone has a stub, which no query of the platform asks for.
        query = {"size": 10_000, "query": {"term": {"gone": False}}}
        answer = httpx.post(f"{self._elasticsearch}/items/_search", json=query, timeout=30).raise_for_status()
        documents = [hit["_source"] for hit in answer.json()["hits"]["hits"]]
        mine = [each for each in documents if self._merchant.tag in each["tags"]]
        times = Counter(each["id"] for each in mine)
        assert set(times.values()) <= {1}, f"twice in the index: {times}"
        return {each["id"]: (each["name"], each["price"]) for each in mine}

    def _mirror(self, listed: Mapping[str, int]) -> list[str]:
        """Per item the events in order of their revision, repeats left out, and the last one as it is now."""
        problems: list[str] = []
        by_key: dict[str, list[Record]] = defaultdict(list)
        for record in self._records():
            by_key[(record.key or b"").decode()].append(record)
        for id in {*self.wanted, *self._merchant.deleted}:
            events = by_key[id]
            firsts = list({each.headers["event-id"]: _revision(each) for each in events}.values())
            if firsts != sorted(set(firsts)):
                problems.append(f"{MIRROR} of {id} is out of order: {firsts}")
            if id in listed and (not events or _revision(events[-1]) != listed[id] or events[-1].value is None):
                problems.append(f"{MIRROR} of {id} ends with {events[-1:]}, the row is at {listed[id]}")
            if id not in self.wanted and events and events[-1].value is not None:
                problems.append(f"{MIRROR} of {id} ends with a document, but it was deleted")
        return problems

    def _records(self) -> Sequence[Record]:
        records: list[Record] = []
        for partition, held in self._log.offsets(MIRROR).items():
            position = held.earliest
            while position < held.end and (page := self._log.read(MIRROR, partition, position, 1000)):
                records += page
                position = page[-1].offset + 1
        return records


def _revision(record: Record) -> int:
    return int(record.headers["revision"])


def _differences(where: str, found: Mapping[str, Facts], wanted: Mapping[str, Facts]) -> list[str]:
    return [f"{where}: {id} is missing, {wanted[id]}" for id in wanted.keys() - found.keys()] + [
        f"{where}: {id} is {found[id]}, not {wanted.get(id)}" for id in found if found[id] != wanted.get(id)
    ]
