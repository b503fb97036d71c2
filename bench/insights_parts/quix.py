"""The same count with quixstreams, in a venv of its own: decode in the pipeline, count per term in memory, commits as
it does them.

    python bench/insights_parts/quix.py SERVERS EVENTS SCHEMA_FILE memory|store

`store`: grouped by term through a topic, counted in its state store with a changelog, as its documentation does it.
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
from meter import Meter  # type: ignore[import-not-found]  # run as a program: its folder is on the path
from quixstreams import Application  # type: ignore[import-not-found]  # only in the venv of its own


def main(servers: str, events: int, schema_file: Path, way: str) -> None:
    schema = parse_schema(json.loads(schema_file.read_text(encoding="utf-8")))
    meter, counts = Meter(events), Counter[str]()

    def decode(value: bytes) -> Any:
        meter.begin()
        return schemaless_reader(io.BytesIO(value[5:]), schema, None)

    def count(event: Any) -> None:
        counts[event["normalised"]] += 1
        if meter.add(1):
            app.stop()

    def count_in_store(term: str, state: Any) -> None:
        counts[term] += 1
        state.set("count", state.get("count", 0) + 1)
        if meter.add(1):
            app.stop()

    def term(event: Any) -> str:
        text: str = event["normalised"]
        return text

    with tempfile.TemporaryDirectory() as state:
        app = Application(
            servers,
            consumer_group=f"quix-{uuid.uuid4()}",
            auto_offset_reset="earliest",
            auto_create_topics=way == "store",
            state_dir=state,
            loglevel="ERROR",
        )
        topic = app.topic("search.query", value_deserializer="bytes", key_deserializer="bytes")
        events_of = app.dataframe(topic).apply(decode)
        if way == "store":
            events_of.apply(term).group_by(lambda text: text, name="term").update(count_in_store, stateful=True)
        else:
            events_of.update(count)
        app.run()
    meter.tell(terms=len(counts))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
