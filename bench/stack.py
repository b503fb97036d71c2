"""The platform on the real servers, from outside, beside itself embedded and beside a shop without events.

    .venv/bin/python -m bench.stack [--seconds S] [--documents N] [--only NAME ...]

Servers come from tests/stack (`make test-stack` fetches them). Results: bench/results/stack.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.spine_parts.figures import Figure, machine, table
from bench.stack_parts import flow, loading, synchronous
from bench.stack_parts.platforms import Measured, embedded, on_servers

if TYPE_CHECKING:
    from collections.abc import Collection

RESULTS = Path(__file__).parent / "results" / "stack.json"
RATES = (1, 50, 500)
AIM_MS = 400
WARM_UP = (50, 24)
"""Items per second and seconds, not counted: what is loaded at the first use, and above all what four Java servers
compile. In the first ten seconds they take a whole core for that."""
SERVERS = ("elasticsearch", "registry", "kafka", "connect", "postgres")
MIN_RATIO = 0.6


def measure(seconds: float, documents: int, only: Collection[str]) -> dict[str, Any]:
    found: dict[str, Any] = {**machine(), "seconds": seconds}
    if "embedded" in only:
        say("the platform, embedded")
        with (
            embedded() as platform,
            synchronous.embedded_index(platform.settings.folder / "synchronous") as index,
        ):
            _measure(found, "embedded", "synchronous_embedded", platform, index, seconds)
    if "stack" in only:
        _on_servers(found, seconds, documents)
    found["load_at_end"] = round(os.getloadavg()[0], 2)
    return found


def _on_servers(found: dict[str, Any], seconds: float, documents: int) -> None:
    from tests.stack.stack import running

    say("starting the servers")
    with ExitStack() as ends:
        stack = ends.enter_context(running(*SERVERS))
        say("the platform on the servers")
        with on_servers(stack) as platform:
            say("bulk load")
            found["bulk"] = loading.measure(platform.settings, documents)
            with synchronous.elasticsearch_index(platform.settings) as index:
                _measure(found, "stack", "synchronous_elasticsearch", platform, index, seconds)
        found["memory_mb"] = {name: stack.part(name).rss_mb for name in SERVERS}


def _measure(
    found: dict[str, Any], place: str, baseline: str, platform: Measured, index: synchronous.Index, seconds: float
) -> None:
    """The highest rate comes last: what it may leave behind is in nobody's way."""
    flow.at_rate(platform, *WARM_UP)
    found[place] = {}
    for rate in RATES:
        if rate == RATES[-1]:
            say("  insert, inspect and index in one request")
            found[baseline] = synchronous.measure(platform.settings, index, _short(seconds))
        say(f"  {rate} items/s")
        found[place][f"{rate}"] = flow.at_rate(platform, rate, seconds if rate > 1 else 2 * seconds)


def _short(seconds: float) -> dict[float, float]:
    return {1: seconds, 50: seconds / 2, 500: seconds / 4}


def figures(found: dict[str, Any]) -> list[Figure]:
    lines: list[Figure] = []
    for rate in map(str, RATES):
        for place, name in (("stack", "servers"), ("embedded", "embedded")):
            if place in found:
                lines += _flow_figures(f"{rate}/s, {name}", found[place][rate], found, place, rate)
    if "bulk" in found:
        bulk = found["bulk"]
        lines.append(Figure("bulk, bare streaming_bulk", max(bulk["bare_items_per_s"]), "items/s"))
        lines.append(Figure("bulk, our sink", max(bulk["sink_items_per_s"]), "items/s"))
        lines.append(Figure("bulk, bare / our sink", 1 / bulk["ratio"], "times", round(1 / MIN_RATIO, 2)))
    return lines


def _flow_figures(name: str, one: dict[str, Any], found: dict[str, Any], place: str, rate: str) -> list[Figure]:
    aim = AIM_MS if (place, rate) == ("stack", "50") else None
    baseline = found[{"stack": "synchronous_elasticsearch", "embedded": "synchronous_embedded"}[place]][rate]
    return [
        Figure(f"{name}: commit to topic, p50", one["commit_to_item.created_ms"]["p50"], "ms"),
        Figure(f"{name}: commit to topic, p99", one["commit_to_item.created_ms"]["p99"], "ms"),
        Figure(f"{name}: accepted to searchable, p50", one["accepted_to_searchable_ms"]["p50"], "ms", aim),
        Figure(f"{name}: accepted to searchable, p99", one["accepted_to_searchable_ms"]["p99"], "ms"),
        Figure(f"{name}: the seller waits, p50", one["seller_waits_ms"]["p50"], "ms"),
        Figure(f"{name}: the seller waits when synchronous, p50", baseline["put_up_to_searchable_ms"]["p50"], "ms"),
        Figure(f"{name}: the seller waits when synchronous, p99", baseline["put_up_to_searchable_ms"]["p99"], "ms"),
    ]


def ratios(found: dict[str, Any]) -> str:
    """p50, at each rate: how many times the seller waits and an item takes to be searchable when synchronous."""
    told = ["p50, synchronous against the platform: seller's wait (times), put up to searchable (times)"]
    for place, other in (("stack", "synchronous_elasticsearch"), ("embedded", "synchronous_embedded")):
        for rate in map(str, RATES) if place in found else ():
            ours, theirs = found[place][rate], found[other][rate]["put_up_to_searchable_ms"]["p50"]
            waits = theirs / ours["seller_waits_ms"]["p50"]
            there = theirs / ours["put_up_to_searchable_ms"]["p50"]
            told.append(f"  {place:8} {rate:>3}/s  {waits:6.1f}  {there:6.2f}")
    if "stack" in found and "embedded" in found:
        told.append("p50, servers against embedded: accepted to searchable (times)")
        for rate in map(str, RATES):
            pair = [found[place][rate]["accepted_to_searchable_ms"]["p50"] for place in ("stack", "embedded")]
            told.append(f"  {rate:>3}/s  {pair[0] / pair[1]:6.1f}")
    return "\n".join(told)


def say(what: str) -> None:
    print(what, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the platform on the real servers.")
    parser.add_argument("--seconds", type=float, default=12, help="how long each rate is kept")
    parser.add_argument("--documents", type=int, default=20_000, help="documents of the bulk load")
    parser.add_argument("--only", nargs="+", choices=("stack", "embedded"), default=("stack", "embedded"))
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    found = measure(options.seconds, options.documents, options.only)
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(table(figures(found)))
    print(ratios(found))
    missing = sum(each["missing"] for place in options.only for each in found[place].values())
    if missing:
        sys.exit(f"{missing} items were not searchable within {flow.PATIENCE_S:g} s")


if __name__ == "__main__":
    main()
