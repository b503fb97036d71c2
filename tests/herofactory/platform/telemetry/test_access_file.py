from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.platform.telemetry import access_file
from herofactory.platform.telemetry.access_file import RotatingFile, full_files


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "access.log"


@pytest.fixture
def file(path: Path) -> Iterator[RotatingFile]:
    file = RotatingFile(path, 100, 3)
    yield file
    file.close()


def line(number: int) -> bytes:
    return f"{number:039}\n".encode()


def test_files_are_bounded_in_size_and_number(file: RotatingFile, path: Path) -> None:
    for number in range(11):
        file.write(line(number))
    assert [each.name for each in full_files(path)] == ["access.000000004.log", "access.000000005.log"]
    kept = b"".join(each.read_bytes() for each in [*full_files(path), path])
    assert kept == b"".join(map(line, range(6, 11)))


def test_a_line_longer_than_a_file_gets_one_of_its_own(file: RotatingFile, path: Path) -> None:
    for text in (b"a\n", b"b" * 200 + b"\n", b"c\n"):
        file.write(text)
    assert [each.stat().st_size for each in [*full_files(path), path]] == [2, 201, 2]


def test_half_a_line_of_a_process_that_was_killed_does_not_swallow_the_next(file: RotatingFile, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"whole\nha")
    file.write(b"next\n")
    assert path.read_bytes() == b"whole\nha\nnext\n"


def test_every_writer_has_a_file_of_its_own(file: RotatingFile, path: Path) -> None:
    other = RotatingFile(path, 100, 3)
    file.write(b"1\n")
    other.write(b"2\n")
    assert (file.path.name, other.path.name) == ("access.log", "access-2.log")
    other.close()
    third = RotatingFile(path, 100, 3)
    third.write(b"3\n")
    assert third.path.read_bytes() == b"2\n3\n"
    third.close()


def test_the_file_of_a_process_that_ended_is_free(file: RotatingFile, path: Path) -> None:
    code = f"from {access_file.__name__} import *; RotatingFile(Path({str(path)!r}), 100, 3).write(b'killed\\n')"
    subprocess.run([sys.executable, "-c", f"{code}; os.kill(os.getpid(), 9)"], check=False)
    file.write(b"mine\n")
    assert path.read_bytes() == b"killed\nmine\n"


def test_a_file_that_was_taken_away_is_begun_anew(
    file: RotatingFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write(b"1\n")
    path.rename(path.with_name("taken"))
    monkeypatch.setattr(access_file, "_LOOK_S", -1.0)
    file.write(b"2\n")
    assert path.read_bytes() == b"2\n"


def test_on_a_full_disk_no_half_line_stays(file: RotatingFile, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    file.write(b"before\n")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
        with pytest.raises(OSError, match="No space left") as raised:
            file.write(b"dropped\n")
        assert raised.value.errno == errno.ENOSPC
    file.write(b"after\n")
    assert path.read_bytes() == b"before\nafter\n"
