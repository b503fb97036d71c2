"""A replay of the figures of searches on the embedded log, next to the least there is to do with the same records.

Aim: at least 70 % of the plain loop's rate, which reads, decodes with fastavro and counts per term in memory, and keeps
nothing. The replay stores every observation and commits after each chunk, so that it can be killed at any point; the
figures are made of what it stored, afterwards, and that is stated separately. A replay steps back behind live work:
started with nice 19, all that is measured is equal in that.
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
from bench.insights_parts.events import TOPIC, fill
from bench.spine_parts.figures import machine
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.postgres.database import migrate
from streams.topics import configs

ROOT = Path(__file__).parents[2]
AIM = 0.7
SLOWEST = 2_000
"""Events/s below which a program is given up."""
START_S = 60.0
PLAIN, REPLAY = "plain loop", "replay"


def run(events: int, rounds: int) -> dict[str, Any]:
    found: dict[str, Any] = {**machine(), "events": events, "runs": {}}
    with tempfile.TemporaryDirectory(prefix="hero-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL, started by root, runs as another account
        with closing(EmbeddedLog(folder / "log")) as log:
            others = [config for config in configs() if config.name != TOPIC]
            found["bytes_per_event"] = round(fill(log, [], events))
            for config in others:
                log.create_topic(config)
        with EmbeddedPostgres(folder / "postgres") as postgres:
            migrate(postgres.dsn())
            commands = {
                PLAIN: ["bench.insights_parts.plain", "embedded", str(folder / "log"), str(events)],
                REPLAY: ["bench.replay_parts.insights_replay", postgres.dsn(), str(folder)],
            }
            for _ in range(rounds):
                for what, command in commands.items():
                    _one(what, [sys.executable, "-m", *command], found["runs"], START_S + events / SLOWEST)
    return {**found, **summary(found["runs"]), "load_at_end": round(os.getloadavg()[0], 2)}


def _one(name: str, command: Sequence[str], runs: dict[str, list[Any]], limit_s: float) -> None:
    one = measure(command, ROOT, limit_s, os.environ)
    runs.setdefault(name, []).append(one)
    told = {key: value for key, value in one.items() if key not in ("events", "memory_mb", "terms")}
    print(
        f"{name:12} {one['events_per_s']:>8,} events/s, at most {one['memory_mb']['peak']:.0f} MB  {told}", flush=True
    )


def summary(runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Of time that passed, and of processor time, which other programs on the machine change less."""
    rates = {name: statistics.median(one["events_per_s"] for one in each) for name, each in runs.items()}
    busy = {name: statistics.median(one["events"] / one["cpu_s"] for one in each) for name, each in runs.items()}
    return {
        "events_per_s": rates,
        "to_plain": round(rates[REPLAY] / rates[PLAIN], 3),
        "to_plain_of_processor_time": round(busy[REPLAY] / busy[PLAIN], 3),
        "aim": AIM,
    }
