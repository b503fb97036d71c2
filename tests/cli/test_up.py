"""`hero up` in real processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import psutil
import pytest

from cli.errors import IN_USE
from tests.support.platform import Platform, all_gone, free_port, hero, until

PARTS = ("relay", "worker", "bridge", "api")


def test_it_says_what_runs_and_where(platform: Platform) -> None:
    said = until(lambda: "ready:" in platform.said() and platform.said(), "the table is printed")
    for part in ("postgres", *PARTS):
        assert f"{part} " in said
    assert f"http://127.0.0.1:{platform.port}/docs" in said


def test_a_second_one_on_the_same_folder_is_refused_and_told_who_has_it(platform: Platform) -> None:
    second = hero(["up", "--patience", "0.3"], platform.folder, free_port())
    assert second.returncode == IN_USE
    assert f"process id {platform.process.pid}" in second.stderr
    assert "Traceback" not in second.stderr
    assert platform.run_state().pid == platform.process.pid


def test_a_taken_port_is_refused_by_its_number(platform: Platform, data_root: Path) -> None:
    second = hero(["up", "--patience", "0.3"], data_root / "elsewhere", platform.port)
    assert second.returncode == IN_USE
    assert f"port {platform.port}" in second.stderr


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_comes_back_under_another_process(platform: Platform, part: str) -> None:
    before = platform.pid_of(part)
    os.kill(before, signal.SIGKILL)
    until(lambda: platform.pid_of(part) != before, f"{part} is back", within_s=10)
    platform.serving()


def test_a_killed_database_comes_back_and_the_others_find_it_again(platform: Platform) -> None:
    before = platform.pid_of("postgres")
    os.kill(before, signal.SIGKILL)
    until(lambda: platform.pid_of("postgres") != before, "postgres is back")
    platform.serving()
    assert platform.hero_json("status")["outbox"]["rows"] == 0


def test_the_port_answers_nobody_else_while_the_api_restarts(platform: Platform) -> None:
    os.kill(platform.pid_of("api"), signal.SIGKILL)
    # Not refused: the supervisor keeps the port, and the next API takes the connections that wait.
    assert httpx.get(f"http://127.0.0.1:{platform.port}/health/live", timeout=30).status_code == 200
    platform.serving()


def test_two_run_side_by_side_and_each_leaves_nothing_when_its_supervisor_is_killed(
    platform: Platform, data_root: Path
) -> None:
    with Platform(data_root / "killed") as other:
        other.serving()
        assert platform.ready()["status"] in ("ready", "degraded")
        processes = other.processes()
        os.kill(other.process.pid, signal.SIGKILL)
        until(lambda: all_gone(processes), "nothing is left", within_s=30)
    with Platform(data_root / "killed", other.port) as again:
        again.serving()
        processes = again.processes()
        again.process.send_signal(signal.SIGINT)
        assert again.process.wait(30) == 0
        assert all_gone(processes)
    assert not psutil.pid_exists(again.process.pid)
