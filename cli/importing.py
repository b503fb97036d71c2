"""Taking catalogue files in from the command line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cli.compose import codec_of, dsn_of, open_log
from herofactory.assets.open import open_store
from herofactory.catalog.importing import Importer, ImportReport
from herofactory.catalog.service import Catalog
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings

Progress = Callable[[ImportReport], None]


async def import_catalogue(settings: Settings, path: Path, seller_id: str, progress: Progress) -> ImportReport:
    """Into the running platform. Raises what `Importer.run` raises."""
    with closing(open_log(settings)) as log:
        async with Database(dsn_of(settings), size=2, name="hero-import") as database:
            importer = Importer(
                database,
                Catalog(Outbox(codec_of(settings, log))),
                open_store(settings),
                image_bytes=settings.upload_bytes,
                image_pixels=settings.upload_pixels,
            )
            return await importer.run(path, seller_id, progress)
