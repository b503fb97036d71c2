"""The folder of one run of the stack, and what the next run clears of runs that were interrupted.

Servers die with the process that started them (process.py), however that one ends. Their data stays then; so every run
writes down who owns it and what it started, and the next one removes what no living process owns.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from herofactory.platform.postgres.home import remove as remove_postgres
from herofactory.platform.postgres.leftovers import end_processes

POSTGRES = "postgres"
HARD_S = 10.0
Identity = tuple[int, str]
"""A process id and the clock tick of its start: together they name one process for good."""


def identity(pid: int) -> Identity | None:
    """None for a process that is gone, or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (pid, fields[19])


class Home:
    """A temporary folder with a folder per server; `records`: where runs are written down."""

    def __init__(self, records: Path) -> None:
        records.mkdir(parents=True, exist_ok=True)
        clear_abandoned(records)
        self.folder = Path(tempfile.mkdtemp(prefix="hero-stack-"))
        # PostgreSQL runs as another user than root.
        self.folder.chmod(0o711)
        self._record = records / f"{secrets.token_hex(6)}.json"
        self._started: list[Identity] = []
        self._save()

    def of(self, server: str) -> Path:
        folder = self.folder / server
        folder.mkdir(exist_ok=True)
        return folder

    def started(self, pid: int) -> None:
        known = identity(pid)
        if known:
            self._started.append(known)
            self._save()

    def remove(self) -> None:
        _remove(self.folder)
        self._record.unlink(missing_ok=True)

    def _save(self) -> None:
        text = json.dumps({"owner": identity(os.getpid()), "folder": str(self.folder), "started": self._started})
        unfinished = self._record.with_suffix(".unfinished")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(self._record)


def clear_abandoned(records: Path) -> None:
    for record in records.glob("*.json"):
        run = json.loads(record.read_text(encoding="utf-8"))
        if identity(run["owner"][0]) == tuple(run["owner"]):
            continue
        for pid, start in run["started"]:
            _end((pid, start))
        _remove(Path(run["folder"]))
        record.unlink(missing_ok=True)


def _end(known: Identity) -> None:
    deadline = time.monotonic() + HARD_S
    while identity(known[0]) == known:
        with suppress(ProcessLookupError):
            os.kill(known[0], signal.SIGKILL)
        if time.monotonic() > deadline:
            raise RuntimeError(f"process {known[0]} of an earlier run does not end: end it first")
        time.sleep(0.05)


def _remove(folder: Path) -> None:
    postgres = folder / POSTGRES
    if (postgres / "data").exists():
        end_processes(postgres / "data")
    if postgres.exists():
        remove_postgres(postgres)
    shutil.rmtree(folder, ignore_errors=True)
