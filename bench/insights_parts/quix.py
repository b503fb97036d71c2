"""The same count with quixstreams, in a venv of its own: decode in the pipeline, count per term in memory, commits as
it does them.

    python bench/insights_parts/quix.py SERVERS EVENTS SCHEMA_FILE
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from fastavro import parse_schema, schemaless_reader
from meter import Meter
from quixstreams import Application


def main(servers: str, events: int, schema_file: Path) -> None:
    schema = parse_schema(json.loads(schema_file.read_text(encoding="utf-8")))
    meter, counts = Meter(events), Counter[str]()

    def decode(value: bytes) -> Any:
        meter.begin()
        return schemaless_reader(io.BytesIO(value[5:]), schema, None)

    def count(event: Any) -> None:
        counts[event["normalised"]] += 1
        if meter.add(1):
            app.stop()

    with tempfile.TemporaryDirectory() as state:
        app = Application(
            servers,
            consumer_group=f"quix-{uuid.uuid4()}",
            auto_offset_reset="earliest",
            auto_create_topics=False,
            state_dir=state,
            loglevel="ERROR",
        )
        topic = app.topic("search.query", value_deserializer="bytes", key_deserializer="bytes")
        app.dataframe(topic).apply(decode).update(count)
        app.run()
    meter.tell(terms=len(counts))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
