"""No space left: writes are refused clearly, nothing accepted is lost, and it goes on by itself once there is space."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.chaos.client import picture
from tests.chaos.scene import Scene, scene
from tests.support.running import data_folder
from tests.support.space import no_space

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

LINES = 20
DISK = "400m"
"""An empty platform takes a quarter of it."""
ASKED = 12
"""Writes that are tried while there is no space."""
REFUSED = {503, 507}
PARTS = ("relay", "worker", "api", "bridge")


@contextmanager
def small_disk() -> Iterator[Path]:
    """A data folder on a disk of its own, in memory. Skips where mounting is not allowed."""
    with data_folder() as folder, ExitStack() as undo:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0711", "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"SKIPPED: no disk can be mounted here: {done.stderr.strip()}")
        undo.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
        yield folder


@contextmanager
def full(disk: Path) -> Iterator[None]:
    ballast = disk / "ballast"
    try:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 20)):
                continue
        yield
    finally:
        ballast.unlink()


def ask(acting: Scene) -> Counter[int]:
    """What uploads, each of a new picture, are answered. Raises AssertionError for an error that says nothing."""
    statuses: Counter[int] = Counter()
    headers = {"authorization": f"Bearer {acting.platform.token('chaos-uploader')}"}
    with httpx.Client(base_url=acting.platform.url, trust_env=False, timeout=20, headers=headers) as http:
        for number in range(ASKED):
            files = {"file": ("image.png", picture(number * 7919, side=256), "image/png")}
            try:
                answer = http.post("/api/v1/uploads", files=files)
            except httpx.HTTPError:
                statuses[0] += 1  # the part itself had to start again
                continue
            statuses[answer.status_code] += 1
            if answer.status_code != 201:
                said = answer.json()
                assert answer.status_code in REFUSED, said
                assert {"code", "detail", "title"} <= said.keys(), said
            time.sleep(0.2)
    return statuses


def test_parts_that_cannot_write_refuse_or_wait_and_go_on_once_they_can(tmp_path: Path) -> None:
    print(
        "\nSKIPPED: SQLite's max_page_count is each connection's own; RLIMIT_FSIZE fills the log from outside instead"
    )
    with scene(tmp_path) as acting:
        acting.catalogue.grow(LINES)
        time.sleep(2)
        with ExitStack() as space:
            for name in PARTS:
                part = acting.platform.part(name)
                assert part is not None
                space.enter_context(no_space(part))
            statuses = ask(acting)
        assert statuses[201] == 0, statuses
        assert REFUSED & statuses.keys(), statuses
        acting.catalogue.grow(LINES)
        print(dict(statuses), acting.finish())


def test_a_full_disk_refuses_writes_and_loses_nothing_accepted(tmp_path: Path) -> None:
    with scene(tmp_path, disk=small_disk) as acting:
        acting.catalogue.grow(LINES)
        time.sleep(3)
        with full(acting.platform.data):
            statuses = ask(acting)
        assert statuses[201] == 0, statuses
        acting.catalogue.grow(LINES)
        print(dict(statuses), acting.finish())
