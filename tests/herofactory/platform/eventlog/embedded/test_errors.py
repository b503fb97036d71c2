from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from herofactory.platform.delivery.errors import classify
from herofactory.platform.eventlog.embedded.errors import translated
from herofactory.platform.eventlog.port import LogUnavailable


def test_a_log_that_somebody_keeps_locked_works_again_by_itself_so_agents_wait(tmp_path: Path) -> None:
    file = tmp_path / "log.db"
    with closing(sqlite3.connect(file)) as holder, closing(sqlite3.connect(file, timeout=0.01)) as other:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("BEGIN IMMEDIATE")
    error = translated(caught.value, file)
    assert isinstance(error, LogUnavailable)
    assert classify(error) == "outage"
