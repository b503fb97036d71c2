"""Replays and redrives, each next to the least there is to do.

    .venv/bin/python -m bench.replay [--items N] [--database] [--events N] [--letters N] [--live N] [--rounds N]
                                     [--only NAME ...]

Results: bench/results/replay.json.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.replay_parts import index, insights, live, redrive
from bench.spine_parts.figures import machine

RESULTS = Path(__file__).parent / "results" / "replay.json"
PARTS = ("index", "insights", "live", "redrive")
FEW = 1_000
"""Dead letters that the many are compared with."""


def measure(options: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, Any] = machine()
    if "index" in options.only:
        print(f"the search index, {options.items:,} items", flush=True)
        found["index"] = index.run(options.items, 1, ["topics", *(["database"] if options.database else [])])
    if "insights" in options.only:
        print(f"figures of searches, {options.events:,} events", flush=True)
        found["insights"] = insights.run(options.events, options.rounds)
    if "live" in options.only:
        print(f"sellers beside a replay of {options.live:,} items", flush=True)
        found["live"] = live.run(options.live, options.rounds)
    if "redrive" in options.only:
        print(f"{options.letters:,} dead letters", flush=True)
        found["redrive"] = redrive.run([FEW, options.letters])
    return {**found, "load_at_end": round(os.getloadavg()[0], 2)}


def told(found: Mapping[str, Any]) -> str:
    lines = []
    if "index" in found:
        for name, ratio in found["index"]["to_bare"].items():
            lines.append(f"{name}: {ratio:.2f} of the bare engine (aim >= {index.AIM:g})")
    if "insights" in found:
        one = found["insights"]
        lines.append(f"figures: {one['to_plain']:.2f} of the plain loop (aim >= {insights.AIM:g})")
        lines.append(f"figures, by processor time: {one['to_plain_of_processor_time']:.2f}")
    if "live" in found:
        p99, least = found["live"]["times"]["p99"], found["live"]["times_of_the_loop"]["p99"]
        lines.append(f"accepted to searchable beside a replay: p99 {p99} times (aim <= {live.AIM:g})")
        lines.append(f"beside a loop that only counts, as far back: p99 {least} times")
    if "redrive" in found:
        one = found["redrive"]
        lines.append(f"redrive: the peak of memory grows by {one['growth_mb']} MB (aim <= {redrive.MOST_MB})")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure replays and redrives.")
    parser.add_argument("--items", type=int, default=100_000, help="of the search index")
    parser.add_argument("--database", action="store_true", help="the search index from PostgreSQL, too")
    parser.add_argument("--events", type=int, default=300_000, help="searches")
    parser.add_argument("--letters", type=int, default=100_000, help="dead letters")
    parser.add_argument("--live", type=int, default=40_000, help="items replayed beside live traffic")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    found = measure(options)
    options.output.parent.mkdir(exist_ok=True)
    # What was left out this time stays; each part says when it was measured.
    kept = json.loads(options.output.read_text(encoding="utf-8")) if options.output.exists() else {}
    options.output.write_text(json.dumps({**kept, **found}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(told(found))


if __name__ == "__main__":
    main()
