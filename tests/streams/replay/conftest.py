"""A small target on a real log and a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.postgres.database import Database
from tests.support.embedded_log import embedded_log
from tests.support.replaying import TOPICS, NotesTarget


@pytest.fixture
def notes_log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path / "log", TOPICS) as log:
        yield log


@pytest.fixture
async def notes(database: Database) -> NotesTarget:
    target = NotesTarget(database)
    await target.set_up()
    return target
