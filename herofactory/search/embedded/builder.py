from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import tantivy

from herofactory.search.analysis.analyzer import KoreanAnalyzer
from herofactory.search.document import ItemDocument
from herofactory.search.embedded import generation, record
from herofactory.search.report import RebuildReport

# Bytes tantivy may hold before it writes a segment: fewer segments for a whole catalogue, 15 MB would do.
_HEAP = 64_000_000


def build(
    root: Path, documents: Iterable[ItemDocument], stubs: Iterable[tantivy.Document], analyzer: KoreanAnalyzer
) -> RebuildReport:
    """A new generation beside the one in use, complete and durable, then in its place; until then nothing changes.

    `documents` hold at most one document per id. `stubs` are records of what is gone, taken over from before.
    """
    path = generation.create(root)
    try:
        indexed, failed = _fill(path, documents, stubs, analyzer)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    generation.make_current(root, path)
    return RebuildReport(path.name, indexed, tuple(failed))


def _fill(
    path: Path, documents: Iterable[ItemDocument], stubs: Iterable[tantivy.Document], analyzer: KoreanAnalyzer
) -> tuple[int, list[tuple[str, str]]]:
    writer = tantivy.Index.open(str(path)).writer(_HEAP, 1)
    try:
        indexed, failed = _add(writer, documents, stubs, analyzer)
        writer.commit()
    finally:  # also on the way out of a failure: its threads must be done with the folder
        writer.wait_merging_threads()
    return indexed, failed


def _add(
    writer: tantivy.IndexWriter,
    documents: Iterable[ItemDocument],
    stubs: Iterable[tantivy.Document],
    analyzer: KoreanAnalyzer,
) -> tuple[int, list[tuple[str, str]]]:
    indexed, failed = 0, []
    present: set[str] = set()
    for document in documents:
        try:
            writer.add_document(record.item(document, analyzer))
        except (ValueError, OverflowError) as error:
            failed.append((document.id, str(error)))
            continue
        present.add(document.id)
        indexed += 1
    for stub in stubs:
        if stub["id"][0] not in present:
            writer.add_document(stub)
    return indexed, failed
