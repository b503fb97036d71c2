"""The fake as a process of its own, to be killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]


@dataclass
class Process:
    child: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])


@contextmanager
def process(*traps: str, port: int = 0) -> Iterator[Process]:
    """Serves once entered; is killed at the end if it still lives."""
    command = [sys.executable, "-m", "tests.support.comfyui", "--port", str(port), "--traps", *traps]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout
            yield Process(child, child.stdout.readline().split()[-1])
        finally:
            child.kill()
