"""The postmaster as a direct child that dies with its owner.

Linux delivers the parent-death signal when the *thread* that made the child ends, not the process. So a thread of its
own makes the child and stays as long as the child does; `start` may then be called from any thread.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from herofactory.platform.postgres import logs
from herofactory.platform.postgres.account import ENVIRONMENT, Account

PRUNE_EVERY_S = 60.0
# After SIGINT a checkpoint is written, which takes as long as the disk does. And PostgreSQL 18.6 hangs for ever when it
# is asked for a clean shutdown while it starts anew after the crash of a backend. Recovery costs less than waiting.
FAST_S = 5.0
IMMEDIATE_S = 5.0


class Child:
    """Starts at once; raises OSError when the launcher cannot be run."""

    def __init__(self, account: Account, program: list[str], log_folder: Path) -> None:
        # Nobody is left then to see whether a clean shutdown hangs; this one kills what does not end within 5 s.
        self._command = account.command(program, dies_by=signal.SIGQUIT)
        self._log_folder = log_folder
        self._ended = threading.Event()
        self._made = threading.Event()
        self._failure: OSError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._keep, name="postgres-keeper", daemon=True).start()
        self._made.wait()
        if self._failure:
            raise self._failure

    @property
    def pid(self) -> int:
        return self._popen.pid

    def poll(self) -> int | None:
        """None while it runs, else its exit status (negative: the signal that ended it)."""
        status = self._popen.poll()
        if status is not None:
            self._ended.set()
        return status

    def stop(self) -> int:
        """A clean shutdown, then a hard one, then kill; bounded by 15 seconds in all."""
        for number, wait_s in ((signal.SIGINT, FAST_S), (signal.SIGQUIT, IMMEDIATE_S), (signal.SIGKILL, IMMEDIATE_S)):
            if self._signal_and_wait(number, wait_s):
                break
        self._ended.set()
        return self._popen.wait(IMMEDIATE_S)

    def _signal_and_wait(self, number: signal.Signals, wait_s: float) -> bool:
        if self.poll() is None:
            self._popen.send_signal(number)
        deadline = time.monotonic() + wait_s
        while self.poll() is None:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        return True

    @property
    def _popen(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _keep(self) -> None:
        try:
            self._process = self._spawn()
        except OSError as error:
            self._failure = error
            return
        finally:
            self._made.set()
        while not self._ended.wait(PRUNE_EVERY_S):
            logs.prune(self._log_folder)

    def _spawn(self) -> subprocess.Popen[bytes]:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        output = os.open(self._log_folder / logs.START_LOG, flags, 0o600)
        try:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=ENVIRONMENT,
                # Ctrl-C in a terminal goes to the whole group; the owner decides when the database stops: last.
                start_new_session=True,
            )
        finally:
            os.close(output)
