"""Starts the parts in order, keeps them alive, and stops them in the reverse order.

PostgreSQL where it is ours, then a short-lived process for migrations and topics, then the parts, which have loaded
their code meanwhile and wait at a gate. Work that ends (loading the sample catalogue, showing progress, the demo) is
done by jobs: processes too, so that this one stays small.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from socket import socket

from cli.errors import FAILED, CliError
from cli.supervise import state
from cli.supervise.database import DatabasePart
from cli.supervise.listener import listen
from cli.supervise.lock import DataLock
from cli.supervise.part import FIRST_DELAY_S, Part, end
from cli.supervise.plan import GATE, LISTENER, SAMPLE_NEEDED, Plan
from cli.supervise.process import Command, describe, spawn
from cli.supervise.signals import Signals, Stopped
from herofactory.platform.postgres import PostgresError

LOOK_S = 0.5
_ERROR = "error: "
# API, bridge, worker and relay or housekeeper in this order; with PostgreSQL's own second the whole is ten.
GRACE_S = {"api": 2.0, "worker": 4.0, "bridge": 1.5, "relay": 1.5, "housekeeper": 1.5}
JOB_GRACE_S = 2.0


class Supervisor:
    def __init__(self, plan: Plan, signals: Signals) -> None:
        self._plan = plan
        self._signals = signals
        # Looked at again and again: PR_SET_PDEATHSIG would also come when only the thread that made us ends.
        self._parent = os.getppid()
        self._lock = DataLock(plan.folder)
        self._listener: socket | None = None
        self._gate = os.pipe()
        self._database: DatabasePart | None = None
        self._parts: list[Part] = []
        self._jobs: dict[str, subprocess.Popen[str]] = {}
        self._status: int | None = None
        self._sample_needed = False

    def run(self) -> int:
        """Until asked to stop, the parent is gone, or in demo mode the demo is done. Returns the exit status."""
        try:
            self._start()
            while self._status is None and not self._signals.stops and os.getppid() == self._parent:
                self._signals.wait(self._patience())
                self._tend()
            return self._status or 0
        except Stopped:
            return 0
        finally:
            self._stop()

    # -- start

    def _start(self) -> None:
        plan = self._plan
        with self._signals.interrupting():
            self._lock.acquire(plan.patience_s, say)
            self._listener = listen(plan.host, plan.port, plan.patience_s, say)
        self._clear_metrics()
        for name in plan.parts:
            self._add(name)
        with self._signals.interrupting():
            if plan.embedded_database:
                self._start_database()
        self._prepare()
        os.close(self._gate[1])
        self._publish_state()
        self._start_jobs()

    def _start_database(self) -> None:
        self._database = DatabasePart(self._plan.folder / "postgres", self._plan.postgres_user, say)
        try:
            self._database.start()
        except PostgresError as error:
            raise CliError(str(error)) from error

    def _prepare(self) -> None:
        """Migrations and topics: their libraries are as big as this whole process, so one of its own runs them."""
        job = spawn(self._job("prepare", *(["--sample"] if self._plan.sample else []), answers=True))
        while job.poll() is None:
            self._signals.wait(LOOK_S)
            if self._signals.stops:
                end(job, JOB_GRACE_S)
                raise Stopped
        assert job.stdout
        with job.stdout:
            self._sample_needed = SAMPLE_NEEDED in job.stdout.read()
        if job.returncode:
            raise CliError("what the platform runs on could not be prepared (see above)")

    def _add(self, name: str) -> None:
        assert self._listener
        assert self._lock.descriptor is not None
        extra = {"PROMETHEUS_MULTIPROC_DIR": str(self._metrics), GATE: str(self._gate[0])}
        descriptors = [self._lock.descriptor, self._gate[0]]
        if name == "api":
            descriptors.append(self._listener.fileno())
            extra[LISTENER] = str(self._listener.fileno())
        command = Command([name], self._plan.folder / "logs" / f"{name}.log", extra, descriptors)
        part = Part(name, command, grace_s=GRACE_S[name], say=say)
        part.start()
        self._parts.append(part)

    def _start_jobs(self) -> None:
        if self._sample_needed:
            self._start_sample()
        job = "demo" if self._plan.mode == "demo" else "welcome"
        self._jobs[job] = spawn(self._job(job))

    def _start_sample(self) -> None:
        log = self._plan.folder / "logs" / "sample.log"
        log.unlink(missing_ok=True)
        self._jobs["sample"] = spawn(self._job("sample", log=log))

    def _job(self, *arguments: str, log: Path | None = None, answers: bool = False) -> Command:
        assert self._lock.descriptor is not None
        return Command(arguments, log, descriptors=[self._lock.descriptor], answers=answers)

    # -- work

    def _tend(self) -> None:
        before = {part.name: part.pid for part in self._all()}
        changed = [part for part in self._all() if part.tend()]
        for part in changed:
            self._forget_metrics(before[part.name])
        if self._database and self._database in changed and self._database.has_moved():
            for part in self._parts:
                part.restart()
        if changed:
            self._publish_state()
        for name, job in list(self._jobs.items()):
            if job.poll() is not None:
                del self._jobs[name]
                self._job_ended(name, job.returncode)

    def _patience(self) -> float:
        """Nothing wakes us when a part is due again, and the two seconds it has are hardly enough as it is."""
        return FIRST_DELAY_S if any(part.state == "restarting" for part in self._all()) else LOOK_S

    def _all(self) -> list[Part | DatabasePart]:
        return [*([self._database] if self._database else []), *self._parts]

    def _job_ended(self, name: str, status: int) -> None:
        if name == "demo":
            self._status = status
        elif name == "sample" and status < 0:
            say(f"loading the sample catalogue ended ({describe(status)}); going on with it")
            self._start_sample()
        elif name == "sample" and status:
            self._sample_failed()

    def _sample_failed(self) -> None:
        log = self._plan.folder / "logs" / "sample.log"
        say(
            f"the sample catalogue is not loaded: {_error_in(log)}\n"
            "the platform runs on without it; to try again: `hero catalog sample`, or stop and start the platform"
        )

    def _publish_state(self) -> None:
        states = [state.PartState(part.name, part.pid, part.state, part.restarts) for part in self._all()]
        with suppress(OSError):  # a full disk must not end what still runs
            state.write(self._plan.folder, state.RunState(os.getpid(), self._plan.url, states, self._plan.stack))

    # -- metrics: one file per process, in a folder that the API reads

    @property
    def _metrics(self) -> Path:
        return self._plan.folder / "metrics"

    def _clear_metrics(self) -> None:
        shutil.rmtree(self._metrics, ignore_errors=True)
        self._metrics.mkdir()

    def _forget_metrics(self, pid: int | None) -> None:
        """What prometheus_client's mark_process_dead does: gauges of the dead say nothing any more."""
        for file in self._metrics.glob(f"gauge_live*_{pid}.db"):
            file.unlink(missing_ok=True)

    # -- stop

    def _stop(self) -> None:
        began = time.monotonic()
        if self._database:
            say("stopping")
        if self._listener:
            self._listener.close()
        for job in self._jobs.values():
            end(job, JOB_GRACE_S, self._hurried)
        for part in reversed(self._parts):
            part.stop(self._hurried)
        if self._database:
            self._database.stop()
            say(f"stopped in {time.monotonic() - began:.1f} s")
        if self._lock.descriptor is not None:
            state.remove(self._plan.folder)
        self._lock.release()

    def _hurried(self) -> bool:
        """Whether the user asked twice."""
        return self._signals.stops > 1


def say(text: str) -> None:
    with suppress(OSError):  # the terminal may be gone
        print(text, flush=True)


def _error_in(log: Path) -> str:
    """The error that a job ended with: its first line, where others may follow."""
    with suppress(OSError):
        told = [
            line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.startswith(_ERROR)
        ]
        if told:
            return f"{told[-1].removeprefix(_ERROR)} (see {log})"
    return f"see {log}"


def supervise(text: str) -> int:
    """`text`: the plan as JSON."""
    try:
        return Supervisor(Plan.from_json(text), Signals()).run()
    except CliError as error:
        sys.stdout.flush()
        print(f"error: {error}", file=sys.stderr)
        return error.status or FAILED
