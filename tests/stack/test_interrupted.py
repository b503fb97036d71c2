"""What an interrupted run leaves behind: nothing that runs, and nothing the next run does not clear."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.stack.fetch import ROOT
from tests.stack.home import clear_abandoned

pytestmark = pytest.mark.stack
DEADLINE_S = 60.0


@pytest.fixture
def run(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Redis and PostgreSQL, run by a process of their own."""
    words = [sys.executable, "-m", "tests.stack.stack", "redis", "postgres"]
    environment = {**os.environ, "HERO_STACK_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)}
    # Where a shell runs the tests in the background, they ignore Ctrl-C, and a child would inherit that.
    heeding = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, preexec_fn=heeding
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("all ready"):
                break
        yield process
        process.kill()


def test_a_killed_run_takes_its_servers_along_and_the_next_one_clears_its_folder(
    run: subprocess.Popen[str], tmp_path: Path
) -> None:
    servers = psutil.Process(run.pid).children(recursive=True)
    [folder] = tmp_path.glob("hero-stack-*")
    assert len(servers) >= 2

    run.send_signal(signal.SIGKILL)
    run.wait()
    assert not left_of(servers), "servers outlive the process that started them"
    assert folder.exists()
    clear_abandoned(tmp_path / "cache" / "runs")

    assert not folder.exists()
    assert not list((tmp_path / "cache" / "runs").glob("*.json"))


def test_ctrl_c_stops_the_servers_and_removes_the_folder(run: subprocess.Popen[str], tmp_path: Path) -> None:
    servers = psutil.Process(run.pid).children(recursive=True)

    run.send_signal(signal.SIGINT)

    assert run.wait(DEADLINE_S) == 130
    assert not left_of(servers)
    assert not list(tmp_path.glob("hero-stack-*"))


def left_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run at the deadline; a zombie does not."""
    deadline = time.monotonic() + DEADLINE_S
    left = processes
    while left and time.monotonic() < deadline:
        left = [process for process in left if runs(process)]
        time.sleep(0.05)
    return left


def runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
