"""What a `kill -9` leaves behind, and PostgreSQL does not clear by itself.

PostgreSQL takes a lock file for a live server whenever a process of that number exists: a zombie that the container's
first process never reaps, or a stranger that got the number. And the backends of a dead postmaster go only when they
notice, a busy one when its query ends; until then the shared memory keeps a new server out.

Called by the holder of the folder's lock: whatever still runs in the data folder has no owner any more.
"""

from __future__ import annotations

import hashlib
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

from herofactory.platform.postgres.errors import PostgresError

LOCK_FILE = "postmaster.pid"
# How long processes may take to notice that their postmaster, or their owner, is gone.
NOTICE_S = 0.5
# A clean shutdown writes a checkpoint, which takes as long as the disk does.
CLEAN_S = 15.0
HARD_S = 5.0


def clear_leftovers(data: Path) -> None:
    """Returns once no process uses `data` and no lock file is left to mislead the next server."""
    end_processes(data)
    (data / LOCK_FILE).unlink(missing_ok=True)


def end_processes(data: Path) -> None:
    """Gently where a postmaster still lives, else as it would do after a crash. Acknowledged writes survive either."""
    if _gone_within(data, NOTICE_S):
        return
    # SIGINT is for a postmaster alone: to an orphaned checkpointer it would mean "write the last record of a clean
    # shutdown", with backends still writing.
    postmasters = [process for process in processes_in(data) if _shows_arguments(process, data)]
    _send(signal.SIGINT, postmasters)
    if postmasters and _gone_within(data, CLEAN_S):
        return
    for number in (signal.SIGQUIT, signal.SIGKILL):
        _send(number, processes_in(data))
        if _gone_within(data, HARD_S):
            return
    pids = ", ".join(str(process.pid) for process in processes_in(data))
    raise PostgresError(f"processes {pids} of an earlier server still use {data} and do not end: end them first")


def processes_in(data: Path) -> list[psutil.Process]:
    """The PostgreSQL processes of one cluster, zombies left out."""
    return [process for process in psutil.process_iter() if _belongs_to(process, data)]


def cluster_name(data: Path) -> str:
    """What every process of the cluster shows in its title."""
    return f"herofactory {hashlib.sha256(bytes(data.resolve())).hexdigest()[:12]}"


def _belongs_to(process: psutil.Process, data: Path) -> bool:
    try:
        if not process.name().startswith("postgres") or process.status() == psutil.STATUS_ZOMBIE:
            return False
        # Anybody can start a process that looks like one of ours.
        if process.uids().real != data.stat().st_uid:
            return False
        # As root without CAP_SYS_PTRACE (containers) the working folder of another user's process is not shown.
        return _shows_arguments(process, data) or _shows_title(process, data) or Path(process.cwd()) == data.resolve()
    except (psutil.Error, OSError):
        return False


def _shows_title(process: psutil.Process, data: Path) -> bool:
    return " ".join(process.cmdline()).startswith(f"postgres: {cluster_name(data)}:")


def _shows_arguments(process: psutil.Process, data: Path) -> bool:
    """Only a postmaster does; its children show a title."""
    try:
        return str(data) in process.cmdline() or str(data.resolve()) in process.cmdline()
    except psutil.Error:
        return False


def _send(number: signal.Signals, processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _gone_within(data: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while processes_in(data):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True
