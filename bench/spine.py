"""The whole platform, from outside, in one run: accepting, indexing, searching, standing by.

    .venv/bin/python -m bench.spine [--items N] [--large N]

Targets are for 2 cores that nobody else uses. Results: bench/results/spine.json.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.spine_parts import accepting, flow, footprint, recovery, searching
from bench.spine_parts.api import Api
from bench.spine_parts.figures import Figure, machine, table
from bench.spine_parts.provider import provider
from tests.support.running import READY, RunningPlatform, data_folder

RESULTS = Path(__file__).parent / "results" / "spine.json"
# One client asks for many; what is measured is the work, not the limit.
UNLIMITED = {"HERO_READ_RATE": "100000", "HERO_WRITE_RATE": "100000", "HERO_RATE_BURST": "100000"}
LOADED_S = 600.0
SETTLE_S = 10.0
"""After a start, before standing by is measured."""


def measure(items: int, large: int) -> dict[str, Any]:
    found: dict[str, Any] = machine()
    with data_folder(keep_on_error=False) as folder:
        platform = RunningPlatform(folder, {**UNLIMITED, "HERO_MODERATION": "local"})
        try:
            _first_run(platform, found)
            _standing_by(platform, found)
            _at_work(platform, found, items)
            platform.stop()
            _against_synchronous(folder, found, items)
            _large(folder, found, large)
        finally:
            platform.end()
            platform.output.unlink(missing_ok=True)
    return found


def _first_run(platform: RunningPlatform, found: dict[str, Any]) -> None:
    say("first run: the sample catalogue")
    began = time.monotonic()
    platform.start(ready_s=LOADED_S, wait_for=("loading", *READY))
    found["sample"] = flow.sample(platform.dsn(), Api(platform.url))
    platform.wait_ready(LOADED_S)
    found["first_run_s"] = round(time.monotonic() - began, 1)
    found["stop_s"] = round(platform.stop(), 2)


def _standing_by(platform: RunningPlatform, found: dict[str, Any]) -> None:
    say("start on existing data, memory, processor time")
    found["start_on_existing_data_s"] = round(platform.start(wait_for=("ready",)), 2)
    found["start_processor_s"] = footprint.start_cpu(platform)
    _wait_jobs(platform)
    time.sleep(SETTLE_S)
    found["idle_memory"] = footprint.memory(platform)
    found["idle_cpu"] = footprint.idle_cpu(platform)


def _wait_jobs(platform: RunningPlatform) -> None:
    """The process that greets the user ends once all is there."""
    deadline = time.monotonic() + 30
    while any("welcome" in process.cmdline() for process in platform.processes()):
        assert time.monotonic() < deadline, "hero up does not say that it is ready"
        time.sleep(0.2)


def _at_work(platform: RunningPlatform, found: dict[str, Any], items: int) -> None:
    say("one item at a time")
    api = Api(platform.url, platform.token("bench"))
    found["one_at_a_time"] = flow.one_at_a_time(api, items)
    say("search, against LIKE and pg_trgm")
    found["search"] = searching.measure(api, platform.dsn(), 3 * items)
    say("kill -9 of each part")
    found["killed_to_next_item_found_s"] = recovery.measure(platform, api)


def _against_synchronous(folder: Path, found: dict[str, Any], items: int) -> None:
    say("accepting, against the synchronous baseline")
    with provider() as url:
        remote = {"HERO_MODERATION": "openai", "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
        platform = RunningPlatform(folder, {**UNLIMITED, **remote})
        try:
            platform.start()
            api = Api(platform.url, platform.token("bench"))
            found["accepting"] = accepting.measure(api, platform.dsn(), folder / "synchronous", items // 4)
            platform.stop()
        finally:
            platform.end()


def _large(folder: Path, found: dict[str, Any], large: int) -> None:
    if not large:
        return
    say(f"search among {large:,} items")
    platform = RunningPlatform(folder, {**UNLIMITED, "HERO_MODERATION": "local"})
    try:
        platform.start()
        with psycopg.connect(platform.dsn()) as connection:
            row = connection.execute("SELECT count(*) FROM items WHERE status = 'approved'").fetchone()
        searching.fill(platform.dsn(), large - (row[0] if row else 0))
        found["rebuild"] = json.loads(platform.hero("index", "rebuild", "--json", within_s=LOADED_S))
        found["search_large"] = searching.measure(Api(platform.url), platform.dsn(), 600)
        platform.stop()
    finally:
        platform.end()


def figures(found: dict[str, Any]) -> list[Figure]:
    one, sample = found["one_at_a_time"], found["sample"]
    accept = found["accepting"]
    lines = [
        Figure("accepted to searchable, one at a time, p50", one["accepted_to_searchable_ms"]["p50"], "ms", 150),
        Figure("accepted to searchable, one at a time, p99", one["accepted_to_searchable_ms"]["p99"], "ms", 600),
        Figure(
            "sample catalogue, first accepted to all searchable", sample["first_accepted_to_all_searchable_s"], "s", 60
        ),
        Figure("sample catalogue", sample["items_per_s"], "items/s"),
        Figure("POST /items, p50", accept["platform"]["one_seller_ms"]["p50"], "ms"),
        Figure("POST /items, synchronous baseline, p50", accept["synchronous"]["one_seller_ms"]["p50"], "ms"),
        *_search_figures(f"search over HTTP, {found['search']['items']:,} items", found["search"]),
    ]
    if "search_large" in found:
        large = found["search_large"]
        lines += _search_figures(f"search over HTTP, {large['items']:,} items", large, 12)
    return [
        *lines,
        Figure("memory, standing by", found["idle_memory"]["total_mb"], "MB", 700),
        Figure("start on existing data", found["start_on_existing_data_s"], "s", 8),
        Figure("  processor time of that start", found["start_processor_s"], "s"),
        *(
            Figure(f"{part} killed to next item found", seconds, "s")
            for part, seconds in found["killed_to_next_item_found_s"].items()
        ),
        Figure("stop", found["stop_s"], "s", 10),
        Figure("processor time, standing by", found["idle_cpu"]["total_percent"], "% of a core"),
    ]


def _search_figures(name: str, found: dict[str, Any], target: float | None = None) -> list[Figure]:
    return [
        Figure(f"{name}, p50", found["http_ms"]["p50"], "ms", target),
        Figure(f"{name}, p99", found["http_ms"]["p99"], "ms"),
        Figure("  LIKE, p50", found["like_ms"]["p50"], "ms"),
        Figure("  pg_trgm, p50", found["pg_trgm_ms"]["p50"], "ms"),
    ]


def say(what: str) -> None:
    print(what, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the whole platform.")
    parser.add_argument("--items", type=int, default=200, help="items put up one at a time")
    parser.add_argument("--large", type=int, default=100_000, help="items of the large catalogue; 0 leaves it out")
    options = parser.parse_args()
    found = measure(options.items, options.large)
    found["load_at_end"] = round(os.getloadavg()[0], 2)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(table(figures(found)))
    print("times slower when synchronous:", json.dumps(found["accepting"]["times_slower_when_synchronous"]))


if __name__ == "__main__":
    main()
