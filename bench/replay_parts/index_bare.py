"""The bare engine's bulk load with our analysis: documents are in memory, one commit in the end.

python -m bench.replay_parts.index_bare LOG FOLDER
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import tantivy

from bench.replay_parts.index_mirror import documents
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.search.analysis.analyzer import korean_analyzer
from herofactory.search.embedded import generation, record

HEAP = 64_000_000


def main(log_folder: str, folder: str) -> None:
    analyzer = korean_analyzer()
    analyzer.tokens("사전을 미리 읽는다")
    path = generation.create(Path(folder))
    writer = tantivy.Index.open(str(path)).writer(HEAP, 1)
    seconds, cpu, items = 0.0, 0.0, 0
    for page in documents(EmbeddedLog(Path(log_folder))):  # reading and parsing are not counted
        began, worked = time.perf_counter(), time.process_time()
        for document in page:
            writer.add_document(record.item(document, analyzer))
        seconds, cpu = seconds + time.perf_counter() - began, cpu + time.process_time() - worked
        items += len(page)
    began, worked = time.perf_counter(), time.process_time()
    writer.commit()
    seconds, cpu = seconds + time.perf_counter() - began, cpu + time.process_time() - worked
    began = time.perf_counter()
    writer.wait_merging_threads()
    merged = time.perf_counter() - began
    print(json.dumps({"events": items, "seconds": seconds, "cpu_s": round(cpu, 2), "merging_s": round(merged, 2)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
