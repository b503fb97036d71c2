"""The least there is to do: read, decode with fastavro, count per term in memory. Nothing is stored, nothing committed.

python -m bench.insights_parts.plain kafka SERVERS EVENTS
python -m bench.insights_parts.plain embedded FOLDER EVENTS
"""

from __future__ import annotations

import io
import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fastavro import schemaless_reader

from bench.insights_parts.events import PARTITIONS, TOPIC
from bench.insights_parts.meter import Meter
from herofactory.platform.events.schema import parsed_schema, schema_text

CHUNK = 500


def main(kind: str, where: str, events: int) -> None:
    meter, schema = Meter(events), parsed_schema(schema_text(TOPIC))
    counts: Counter[str] = Counter()
    for values in kafka(where) if kind == "kafka" else embedded(where):
        meter.begin()
        for value in values:
            event: Any = schemaless_reader(io.BytesIO(value[5:]), schema, None)
            counts[event["normalised"]] += 1
        if meter.add(len(values)):
            break
    meter.tell(terms=len(counts))


def kafka(servers: str) -> Iterator[Sequence[bytes]]:
    from confluent_kafka import Consumer

    group = {"group.id": f"plain-{uuid.uuid4()}", "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer = Consumer({"bootstrap.servers": servers, **group})
    consumer.subscribe([TOPIC])
    try:
        while True:
            messages = consumer.consume(CHUNK, 1.0)
            yield [value for message in messages if (value := message.value()) is not None]
    finally:
        consumer.close()


def embedded(folder: str) -> Iterator[Sequence[bytes]]:
    from herofactory.platform.eventlog.embedded import EmbeddedLog

    log = EmbeddedLog(Path(folder))
    places = dict.fromkeys(range(PARTITIONS), 0)
    try:
        while True:
            for partition, place in places.items():
                records = log.read(TOPIC, partition, place, CHUNK)
                if records:
                    places[partition] = records[-1].offset + 1
                    yield [record.value for record in records if record.value is not None]
    finally:
        log.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
