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
# (seconds to wait, signal to send then). SIGINT: a clean shutdown, for a postmaster whose owner is gone. SIGQUIT: leave
# without cleaning up, as the postmaster itself orders after a crash. SIGKILL: as the last resort; recovery follows.
STEPS = ((1.0, signal.SIGINT), (15.0, signal.SIGQUIT), (3.0, signal.SIGKILL))
LAST_WAIT_S = 5.0


def clear_leftovers(data: Path) -> None:
    """Returns once no process uses `data` and no lock file is left to mislead the next server."""
    end_processes(data)
    (data / LOCK_FILE).unlink(missing_ok=True)


def end_processes(data: Path) -> None:
    for wait_s, number in STEPS:
        if _gone_within(data, wait_s):
            return
        for process in processes_in(data):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
    if not _gone_within(data, LAST_WAIT_S):
        pids = ", ".join(str(process.pid) for process in processes_in(data))
        raise PostgresError(f"processes {pids} of an earlier server still use {data} and do not end: end them first")


def processes_in(data: Path) -> list[psutil.Process]:
    """The PostgreSQL processes of one cluster, zombies left out."""
    return [process for process in psutil.process_iter() if _belongs_to(process, data.resolve())]


def cluster_name(data: Path) -> str:
    """What every process of the cluster shows in its title."""
    return f"herofactory {hashlib.sha256(bytes(data.resolve())).hexdigest()[:12]}"


def _belongs_to(process: psutil.Process, data: Path) -> bool:
    try:
        if not process.name().startswith("postgres") or process.status() == psutil.STATUS_ZOMBIE:
            return False
        command = process.cmdline()
        # The postmaster shows its arguments, its children a title.
        if str(data) in command or command[0].startswith(f"postgres: {cluster_name(data)}:"):
            return True
        # As root without CAP_SYS_PTRACE (containers) this is denied for the processes of another user.
        return Path(process.cwd()) == data
    except (psutil.Error, OSError, IndexError):
        return False


def _gone_within(data: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while processes_in(data):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True
