"""A replay of the search index on the embedded stack, next to the bare engine's bulk load of the same documents.

Aim: at 1,000,000 items at least 60 % of the bare engine's rate, analysis included on both sides. The bare loop has its
documents in memory and commits once; the replay reads, parses, writes in chunks, commits each and its offsets, and can
be killed at any point. Everything it needs is in one process, as with `hero replay run`.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.insights_parts.child import measure
from bench.replay_parts.index_mirror import fill, fill_database
from bench.spine_parts.figures import machine
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.postgres.database import migrate
from streams.topics import configs

ROOT = Path(__file__).parents[2]
AIM = 0.6
SLOWEST = 200
"""Items/s below which a program is given up."""
START_S = 120.0


def run(items: int, rounds: int, sources: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {**machine(), "items": items, "runs": {}}
    with tempfile.TemporaryDirectory(prefix="hero-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL, started by root, runs as another account
        with closing(EmbeddedLog(folder / "0" / "log")) as log:
            for config in configs():
                log.create_topic(config)
            found["bytes_per_document"] = round(fill(log, items) / items)
        with EmbeddedPostgres(folder / "postgres") as postgres:
            migrate(postgres.dsn())
            if "database" in sources:
                fill_database(postgres.dsn(), items)
            for number in range(rounds):
                _round(folder, number, postgres.dsn(), sources, found["runs"], START_S + items / SLOWEST)
    return {**found, **summary(found["runs"]), "load_at_end": round(os.getloadavg()[0], 2)}


def _round(folder: Path, number: int, dsn: str, sources: Sequence[str], runs: dict[str, Any], limit_s: float) -> None:
    """The bare loop before and after the others: a machine that gets slower is slower for all."""
    data = folder / "0"
    bare = [sys.executable, "-m", "bench.replay_parts.index_bare", str(data / "log")]
    _one("bare", [*bare, str(folder / f"bare{number}")], runs, limit_s)
    for source in sources:
        command = [sys.executable, "-m", "bench.replay_parts.index_replay", dsn, str(data), source]
        _one(f"replay from {source}", command, runs, limit_s)


def _one(name: str, command: Sequence[str], runs: dict[str, list[Any]], limit_s: float) -> None:
    one = measure(command, ROOT, limit_s, os.environ)
    runs.setdefault(name, []).append(one)
    told = {key: value for key, value in one.items() if key not in ("events", "memory_mb")}
    print(f"{name:24} {one['events_per_s']:>7,} items/s, at most {one['memory_mb']['peak']:.0f} MB  {told}", flush=True)


def summary(runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    rates = {name: statistics.median(one["events_per_s"] for one in each) for name, each in runs.items()}
    ratios = {name: round(rate / rates["bare"], 3) for name, rate in rates.items() if name != "bare"}
    cpu = {
        name: round(statistics.median(one["cpu_s"] / one["events"] for one in each) * 1e6)
        for name, each in runs.items()
    }
    return {"items_per_s": rates, "cpu_us_per_item": cpu, "to_bare": ratios, "aim": AIM}
