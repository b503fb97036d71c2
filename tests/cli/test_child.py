from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli import child

TIED = """
import logging, os, sys, time
from cli import child
child.LOG_BYTES, child.LOOK_S = 1000, 0.02
child.tie()
logging.basicConfig(format="%(message)s")
while True:
    logging.warning("a line of the log, which ends with its newline")
    time.sleep(0.001)
    if os.path.exists(sys.argv[1] + ".3"):
        child.LOG_BYTES = 10**9  # no further rotation begins, and the one under way may end
    if all(os.path.exists(sys.argv[1] + end) for end in ("", ".1", ".2", ".3")):
        break
"""


def test_a_log_is_bounded_and_no_line_of_it_is_cut(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    environment = {**os.environ, child.PARENT: str(os.getpid()), child.LOG: str(log)}
    with log.open("a") as output:
        done = subprocess.run(
            [sys.executable, "-c", TIED, str(log)],
            env=environment,
            stdout=output,
            stderr=output,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["part.log", "part.log.1", "part.log.2", "part.log.3"]
    lines = [line for file in files for line in file.read_text().splitlines(keepends=True)]
    assert set(lines) == {"a line of the log, which ends with its newline\n"}


def test_a_child_whose_parent_is_gone_already_ends_at_once() -> None:
    environment = {**os.environ, child.PARENT: "1"}
    done = subprocess.run(
        [sys.executable, "-c", "from cli.child import tie; tie(); print('lives')"],
        env=environment,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == b""


def test_a_process_of_nobody_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(child.PARENT, raising=False)
    child.tie()
