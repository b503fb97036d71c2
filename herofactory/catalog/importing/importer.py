"""Taking a catalogue file in: batches, each one transaction of rows and their events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TextIO, TypeVar

from herofactory.assets import repository as asset_rows
from herofactory.assets.image import Image, InvalidImage, sanitise
from herofactory.assets.store import AssetStore
from herofactory.catalog.importing.report import ImportReport
from herofactory.catalog.importing.rows import BadLine, ImportRow, count_lines, read_rows
from herofactory.catalog.item import Content
from herofactory.catalog.service import Catalog
from herofactory.platform.postgres.database import Connection, Database

BATCH = 200
"""Lines per transaction: large enough that the commit does not count, small enough that progress is seen."""
Progress = Callable[[ImportReport], None]
Picture = Image | None
T = TypeVar("T")


class Importer:
    def __init__(
        self, database: Database, catalog: Catalog, store: AssetStore, *, image_bytes: int, image_pixels: int
    ) -> None:
        """`image_bytes`, `image_pixels`: limits of one image, as for uploads."""
        self._database = database
        self._catalog = catalog
        self._store = store
        self._limits = (image_bytes, image_pixels)

    async def run(self, path: Path, seller_id: str, progress: Progress = lambda _: None) -> ImportReport:
        """Import `path` for `seller_id`; bad lines go to `<path>.rejected.jsonl` with number and reason.

        Idempotent by external id: a line that is there already is left alone, or its item is changed where the line
        changed. May be interrupted anywhere and run again. Raises FileNotFoundError, ValueError for a file that is no
        catalogue.
        """
        report = ImportReport(total=count_lines(path))
        rejects = path.with_name(path.name + ".rejected.jsonl")
        seen: dict[str, int] = {}
        rows = read_rows(path)
        try:
            with rejects.open("w", encoding="utf-8") as bad, ThreadPoolExecutor(2, "import-images") as pool:
                while batch := await asyncio.to_thread(lambda: list(islice(rows, BATCH))):
                    good = _reject(_once_each(batch, seen), report, bad)
                    prepared = await self._pictures(good, pool)
                    await self._store_batch(seller_id, _reject(prepared, report, bad), report)
                    progress(report)
        finally:
            if not report.rejected:
                rejects.unlink(missing_ok=True)
        return report

    async def _pictures(
        self, rows: Sequence[ImportRow], pool: ThreadPoolExecutor
    ) -> list[tuple[ImportRow, Picture] | BadLine]:
        loop = asyncio.get_running_loop()
        found = {row.number: loop.run_in_executor(pool, self._picture, row) for row in rows if row.image}
        return [await found[row.number] if row.image else (row, None) for row in rows]

    def _picture(self, row: ImportRow) -> tuple[ImportRow, Picture] | BadLine:
        assert row.image is not None
        try:
            image = sanitise(row.image.read_bytes(), max_bytes=self._limits[0], max_pixels=self._limits[1])
        except InvalidImage as error:
            return BadLine(row.number, f"image: {error}", row.text)
        except OSError as error:
            return BadLine(row.number, f"image: {error.strerror}: {row.image.name}", row.text)
        self._store.put(image)
        return row, image

    async def _store_batch(
        self, seller_id: str, rows: Sequence[tuple[ImportRow, Picture]], report: ImportReport
    ) -> None:
        if not rows:
            return
        async with self._database.transaction() as transaction:
            contents = [await _with_image(transaction, seller_id, row.content, image) for row, image in rows]
            wanted = {
                row.external_id: (content, row.attribution) for (row, _), content in zip(rows, contents, strict=True)
            }
            outcome = await self._catalog.put_many(transaction, seller_id, wanted)
        report.created += outcome.created
        report.changed += outcome.changed
        report.unchanged += outcome.unchanged


async def _with_image(transaction: Connection, seller_id: str, content: Content, image: Picture) -> Content:
    if image is None:
        return content
    asset = await asset_rows.insert(transaction, seller_id, image)
    return replace(content, image_id=asset.id)


def _once_each(batch: Iterable[ImportRow | BadLine], seen: dict[str, int]) -> Iterator[ImportRow | BadLine]:
    for row in batch:
        if isinstance(row, ImportRow) and seen.setdefault(row.external_id, row.number) != row.number:
            first = seen[row.external_id]
            yield BadLine(row.number, f"external_id {row.external_id!r} stands in line {first} already", row.text)
        else:
            yield row


def _reject(rows: Iterable[T | BadLine], report: ImportReport, bad: TextIO) -> list[T]:
    good: list[T] = []
    for row in rows:
        if isinstance(row, BadLine):
            report.rejected += 1
            bad.write(json.dumps({"line": row.number, "error": row.error, "text": row.text}, ensure_ascii=False) + "\n")
        else:
            good.append(row)
    return good
