from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.errors import CliError, InUse
from cli.supervise.lock import DataLock, is_running


def test_a_folder_has_one_holder_at_a_time(tmp_path: Path) -> None:
    first, second = DataLock(tmp_path / "new"), DataLock(tmp_path / "new")
    first.acquire(0)
    with pytest.raises(InUse, match=f"process id {os.getpid()}"):
        second.acquire(0)
    assert is_running(tmp_path / "new")
    first.release()
    assert not is_running(tmp_path / "new")
    second.acquire(0)
    second.release()


def test_what_a_dead_holder_left_running_keeps_the_folder(tmp_path: Path) -> None:
    lock = DataLock(tmp_path)
    lock.acquire(0)
    assert lock.descriptor is not None
    straggler = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[lock.descriptor])
    lock.release()
    assert is_running(tmp_path)
    straggler.communicate(b"\n")
    assert not is_running(tmp_path)


def test_who_waits_is_told_what_for(tmp_path: Path) -> None:
    first, second = DataLock(tmp_path), DataLock(tmp_path)
    first.acquire(0)
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        first.release()

    second.acquire(5, tell)
    assert len(told) == 1
    assert str(os.getpid()) in told[0]
    second.release()


def test_a_folder_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CliError, match="file/data"):
        DataLock(tmp_path / "file" / "data").acquire(0)
