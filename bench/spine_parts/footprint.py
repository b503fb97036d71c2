"""What the platform costs while nothing happens."""

from __future__ import annotations

import time
from typing import Any

import psutil

from tests.support.running import RunningPlatform

IDLE_S = 20.0
MB = 1024 * 1024


def memory(platform: RunningPlatform) -> dict[str, Any]:
    """Resident memory of every Python process, and of PostgreSQL's the proportional share: they share their buffers."""
    found: dict[str, float] = {}
    for process in platform.processes():
        full = process.memory_full_info()
        if "postgres" in process.name():
            found["postgres (PSS)"] = found.get("postgres (PSS)", 0) + full.pss
        else:
            found[process.cmdline()[4] if len(process.cmdline()) > 4 else process.name()] = full.rss
    by_part = {name: round(size / MB, 1) for name, size in found.items()}
    return {"by_part_mb": by_part, "total_mb": round(sum(by_part.values()), 1)}


def start_cpu(platform: RunningPlatform) -> float:
    """Seconds of processor time that everything together took since the start: what a busy machine does not blur."""
    spent = [process.cpu_times() for process in platform.processes()]
    return round(sum(sum(each[:4]) for each in spent), 2)  # user, system, and both of children that ended


def idle_cpu(platform: RunningPlatform) -> dict[str, Any]:
    """Processor time in percent of one core."""
    before = _times(platform.processes())
    time.sleep(IDLE_S)
    after = _times(platform.processes())
    used = {name: round(100 * (after[name] - before.get(name, 0.0)) / IDLE_S, 2) for name in after}
    return {"by_part_percent": used, "total_percent": round(sum(used.values()), 2), "seconds": IDLE_S}


def _times(processes: list[psutil.Process]) -> dict[str, float]:
    found: dict[str, float] = {}
    for process in processes:
        line = process.cmdline()
        name = "postgres" if "postgres" in process.name() else line[4] if len(line) > 4 else process.name()
        used = process.cpu_times()
        found[name] = found.get(name, 0.0) + used.user + used.system
    return found
