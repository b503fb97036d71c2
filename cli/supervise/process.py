"""One child process of the supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cli.child import LOG, PARENT


@dataclass(frozen=True, slots=True)
class Command:
    arguments: Sequence[str]
    """After `python -m cli.run`."""
    log: Path | None = None
    """Where its output goes; None: to the terminal."""
    environment: Mapping[str, str] | None = None
    """On top of the supervisor's own."""
    descriptors: Sequence[int] = ()
    """Open files that it inherits under the same numbers."""
    answers: bool = False
    """Whether its standard output is read by the supervisor."""


def spawn(command: Command) -> subprocess.Popen[str]:
    """Call it in the main thread: the child is told of the death of the *thread* that made it."""
    environment = {**os.environ, PARENT: str(os.getpid()), "MALLOC_ARENA_MAX": "2", **(command.environment or {})}
    output = None
    if command.log:
        command.log.parent.mkdir(parents=True, exist_ok=True)
        output = os.open(command.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        environment[LOG] = str(command.log)
    try:
        return subprocess.Popen(
            # -P: a folder named `cli` where the user happens to stand must not be taken for ours.
            [sys.executable, "-P", "-m", "cli.run", *command.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if command.answers else output,
            stderr=output,
            env=environment,
            pass_fds=command.descriptors,
            text=True,
            # Ctrl-C in a terminal goes to the whole group; the supervisor decides who stops, and in which order.
            start_new_session=True,
        )
    finally:
        if output is not None:
            os.close(output)


def describe(status: int) -> str:
    """How a process ended, by its exit status as subprocess tells it."""
    if status >= 0:
        return f"exit status {status}"
    with suppress(ValueError):
        return f"{signal.Signals(-status).name}"
    return f"signal {-status}"
