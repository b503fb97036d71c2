"""The sample catalogue: fetched, drawn, imported. May be interrupted anywhere and run again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from cli.compose import dsn_of
from cli.errors import CliError
from cli.explain import explain
from cli.importing import import_catalogue
from herofactory.catalog.importing import ImportReport
from herofactory.catalog.imports import SAMPLE
from herofactory.catalog.sample.build import build_sample
from herofactory.catalog.sample.package import fetch_package, install_folder
from herofactory.platform.settings import Settings

SELLER = "herofactory-sample"
PATIENCE = 30
"""Attempts while the database is down; PAUSE_S seconds apart."""
PAUSE_S = 1.0
_LOCK = 0x53414D50
Tell = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is (0 where unknown)."""


def load_sample(settings: Settings, tell: Tell) -> ImportReport:
    """Goes on where it was when the database comes back from a restart. Raises CliError when another process is at it;
    other errors are left in the row of `imports`, for health.
    """
    for _ in range(PATIENCE):
        try:
            return _attempt(settings, tell)
        except psycopg.OperationalError:
            tell("the database does not answer; trying again", 0, 0)
            time.sleep(PAUSE_S)
    return _attempt(settings, tell)


def _attempt(settings: Settings, tell: Tell) -> ImportReport:
    with psycopg.connect(dsn_of(settings), autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        if not (row and row[0]):
            raise CliError("another process is loading the sample catalogue already: `hero status` shows how far it is")
        record = _Record(connection)
        record.begin()
        try:
            report = _load(settings, record, tell)
        except psycopg.OperationalError:
            raise
        except Exception as error:
            record.fail(explain(error))
            raise
        record.finish(report)
        return report


def _load(settings: Settings, record: _Record, tell: Tell) -> ImportReport:
    folder = settings.folder / "sample"
    tell("fetching the icon package", 0, 0)
    package = fetch_package(install_folder(settings.folder))
    stats = build_sample(
        package, folder / "catalogue", progress=lambda done, total: tell("drawing images", done, total)
    )
    record.total(stats.items)

    def progress(report: ImportReport) -> None:
        record.done(report)
        tell("importing items", report.done, report.total)

    return asyncio.run(import_catalogue(settings, _file(folder), SELLER, progress))


def _file(folder: Path) -> Path:
    return folder / "catalogue" / "catalogue.jsonl"


class _Record:
    """The sample's row in `imports`."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self._connection = connection

    def begin(self) -> None:
        self._connection.execute(
            """INSERT INTO imports (source, seller_id, total) VALUES (%s, %s, 0)
               ON CONFLICT (source) DO UPDATE SET failure = NULL""",
            (SAMPLE, SELLER),
        )

    def total(self, total: int) -> None:
        self._set("total = %s", total)

    def done(self, report: ImportReport) -> None:
        self._set("done = %s, rejected = %s", report.done, report.rejected)

    def finish(self, report: ImportReport) -> None:
        self._set(
            "total = %s, done = %s, rejected = %s, finished_at = clock_timestamp()",
            report.total,
            report.done,
            report.rejected,
        )

    def fail(self, why: str) -> None:
        self._set("failure = %s", why[:2000])

    def _set(self, assignments: str, *values: object) -> None:
        self._connection.execute(f"UPDATE imports SET {assignments} WHERE source = %s", (*values, SAMPLE))
