"""One measured program in a process of its own: what it prints, and its memory while it runs."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SAMPLE_S = 0.25
MOST_SAMPLES = 40
"""In the raw output: evenly spread over the run."""


class ChildFailed(RuntimeError):
    pass


def measure(command: Sequence[str], folder: Path, limit_s: float, environment: Mapping[str, str]) -> dict[str, Any]:
    """The figures that `command` printed in its last line, with events/s and memory. Raises ChildFailed."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=out, stderr=errors, cwd=folder, env=dict(environment))
        try:
            memory = _watch(process, limit_s)
        finally:
            process.kill()
            process.wait()
        out.seek(0)
        errors.seek(0)
        lines = out.read().splitlines()
        if not lines or process.returncode not in (0, -9):
            raise ChildFailed(f"{' '.join(command[:4])} ... ended with {process.returncode}: {errors.read()[-2000:]}")
    if not memory:
        raise ChildFailed(f"{' '.join(command[:4])} ... ended within {SAMPLE_S} s: measure more events")
    told: dict[str, Any] = json.loads(lines[-1])
    return {**told, "events_per_s": round(told["events"] / told["seconds"]), "memory_mb": _memory(memory)}


def _watch(process: subprocess.Popen[bytes], limit_s: float) -> list[float]:
    """Until it ends, or the time is up."""
    memory: list[float] = []
    deadline = time.monotonic() + limit_s
    while process.poll() is None and time.monotonic() < deadline:
        memory.append(_rss_mb(process.pid))
        time.sleep(SAMPLE_S)
    return [each for each in memory if each]


def _memory(samples: Sequence[float]) -> dict[str, Any]:
    """Flat: the last quarter's median next to the second's, by when everything is loaded and connected."""
    quarter = max(len(samples) // 4, 1)
    step = max(len(samples) // MOST_SAMPLES, 1)
    second, last = sorted(samples[quarter : 2 * quarter] or samples), sorted(samples[-quarter:])
    return {
        "peak": max(samples),
        "second_quarter": second[len(second) // 2],
        "last_quarter": last[len(last) // 2],
        "samples": samples[::step],
    }


def _rss_mb(pid: int) -> float:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0.0
    return round(int(pages) * 4096 / 2**20, 1)
