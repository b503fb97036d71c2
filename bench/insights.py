"""Search events per second through the analytics agent, next to the least there is to do and to other libraries.

    .venv/bin/python -m bench.insights [--events N] [--rounds N] [--only NAME ...]

Servers and Kafka Streams come as in tests/stack, quixstreams into a venv of its own.
Results: bench/results/insights.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.insights_parts import contestants, events
from bench.insights_parts.child import ChildFailed, measure
from bench.insights_parts.contestants import Command, Where
from bench.spine_parts.figures import machine
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.kafka import KafkaLog
from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.postgres.database import migrate
from tests.stack.maven import MavenError

RESULTS = Path(__file__).parent / "results" / "insights.json"
SLOWEST = 2_000
"""Events/s below which a program is given up."""
START_S = 60.0
OTHERS = ("search.clicked", "item.viewed")
CONTESTANTS: Mapping[str, Callable[[Where], Command]] = {
    "agent, Kafka": contestants.agent_on_kafka,
    "plain loop, Kafka": contestants.plain_kafka,
    "quixstreams": contestants.quixstreams,
    "quixstreams, in memory": contestants.quixstreams_in_memory,
    "Kafka Streams": contestants.kafka_streams,
    "Kafka Streams, in memory": contestants.kafka_streams_in_memory,
    "agent, embedded": contestants.agent_embedded,
    "plain loop, embedded": contestants.plain_embedded,
}
EMBEDDED = ("agent, embedded", "plain loop, embedded")
RATIOS = (
    ("agent, Kafka", "plain loop, Kafka", 0.7),
    ("agent, Kafka", "quixstreams", 3.0),
    ("agent, Kafka", "quixstreams, in memory", 3.0),
    ("agent, Kafka", "Kafka Streams", 1.0),
    ("agent, Kafka", "Kafka Streams, in memory", None),
    ("agent, embedded", "plain loop, embedded", 0.7),
)


def run(number: int, rounds: int, only: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {**machine(), "events": number, "rounds": rounds, "runs": {}}
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="hero-bench-")))
        folder.chmod(0o711)  # PostgreSQL, started by root, runs as another account
        postgres = ends.enter_context(EmbeddedPostgres(folder / "postgres"))
        migrate(postgres.dsn())
        where = Where(number, postgres.dsn(), folder)
        for log, names in (("Kafka", set(only) - set(EMBEDDED)), ("embedded", set(only) & set(EMBEDDED))):
            if names:
                with _on_kafka(where, found) if log == "Kafka" else _embedded(where, found) as filled:
                    _rounds(filled, rounds, [name for name in CONTESTANTS if name in names], found["runs"])
    found["load_at_end"] = round(os.getloadavg()[0], 2)
    return found


@contextmanager
def _on_kafka(where: Where, found: dict[str, Any]) -> Iterator[Where]:
    from tests.stack.stack import running

    say("starting Kafka")
    with running("kafka") as stack:
        log = KafkaLog(stack.kafka.bootstrap)
        say(f"writing {where.events:,} events")
        found["bytes_per_event"] = round(events.fill(log, OTHERS, where.events))
        log.close()
        yield Where(where.events, where.dsn, where.folder, kafka=stack.kafka.bootstrap)


@contextmanager
def _embedded(where: Where, found: dict[str, Any]) -> Iterator[Where]:
    folder = where.folder / "log"
    log = EmbeddedLog(folder)
    say(f"writing {where.events:,} events to the embedded log")
    found["bytes_per_event"] = round(events.fill(log, OTHERS, where.events))
    log.close()
    yield Where(where.events, where.dsn, where.folder, embedded=folder)


def _rounds(where: Where, rounds: int, names: Sequence[str], runs: dict[str, list[Any]]) -> None:
    """All of them in every round, so that a machine that gets slower is slower for all."""
    limit_s = START_S + where.events / SLOWEST
    for _ in range(rounds):
        for name in names:
            try:
                one = measure(CONTESTANTS[name](where), contestants.ROOT, limit_s, os.environ)
            except (ChildFailed, MavenError, subprocess.CalledProcessError) as error:
                say(f"  {name}: not measured: {error}")
                continue
            runs.setdefault(name, []).append(one)
            say(f"  {name:26} {one['events_per_s']:>8,} events/s  {_told(one['memory_mb'])}")


def _told(memory: Mapping[str, Any]) -> str:
    return f"{memory['second_quarter']:.0f} MB, at the end {memory['last_quarter']:.0f}, at most {memory['peak']:.0f}"


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    rates = {
        name: round(statistics.median(one["events_per_s"] for one in runs)) for name, runs in found["runs"].items()
    }
    ratios = {
        f"{ours} / {theirs}": {"measured": round(rates[ours] / rates[theirs], 2), "aim": aim}
        for ours, theirs, aim in RATIOS
        if ours in rates and theirs in rates
    }
    return {"events_per_s": rates, "ratios": ratios}


def table(told: Mapping[str, Any]) -> str:
    lines = [f"{name:48} {rate:>9,} events/s" for name, rate in told["events_per_s"].items()]
    for name, ratio in told["ratios"].items():
        aim = "" if ratio["aim"] is None else f"aim >= {ratio['aim']:g}"
        missed = "  missed" if ratio["aim"] and ratio["measured"] < ratio["aim"] else ""
        lines.append(f"{name:48} {ratio['measured']:>9.2f} times     {aim}{missed}".rstrip())
    return "\n".join(lines)


def say(what: str) -> None:
    print(what, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the analytics agent.")
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=tuple(CONTESTANTS), default=tuple(CONTESTANTS))
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    found = run(options.events, options.rounds, options.only)
    told = summary(found)
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps({**found, **told}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(table(told))


if __name__ == "__main__":
    main()
