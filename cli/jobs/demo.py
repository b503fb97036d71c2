"""`hero demo`: waits until the whole catalogue is searchable and prints the pipeline's figures."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

from cli.api_client import ApiClient
from cli.configure import load_settings
from cli.demo.catalogue import Catalogue
from cli.demo.insights import show_insights
from cli.demo.probe import probe
from cli.demo.quantiles import buckets_of, histogram_quantile, quantile
from cli.errors import CliError, NotRunning
from cli.explain import reported
from cli.options import console
from cli.progress import Bar
from cli.tables.listing import Listing
from herofactory.platform.settings import Settings

TIMEOUT = "HERO_DEMO_TIMEOUT"
LOOK_S = 0.25
PROBES = 20
SEARCHES = ("마법검", "불타는 화살", "potion")
LATENCY = "hero_accepted_to_searchable_seconds"


def demo() -> int:
    return reported(_demo)


def _demo() -> int:
    settings = load_settings()
    deadline = time.monotonic() + float(os.environ.get(TIMEOUT) or 300)
    catalogue = Catalogue(settings)
    with ApiClient(settings, is_test=True) as api:
        _until_serving(api, deadline)
        there_already = catalogue.sample().finished
        state = _until_searchable(api, catalogue, deadline)
        done_at = datetime.now(UTC)
        _show_bulk(api, catalogue, state, None if there_already else done_at)
        _show_one_at_a_time(settings)
        _show_verdicts(catalogue)
        _show_searches(api)
        show_insights(settings, api, deadline)
        return _verdict(catalogue)


# -- waiting


def _until_serving(api: ApiClient, deadline: float) -> None:
    while True:
        try:
            ready = api.readiness()
        except (NotRunning, ValueError) as error:
            ready = {"status": "starting", "why": str(error)}
        if ready["status"] != "starting":
            return
        if time.monotonic() >= deadline:
            raise CliError(f"the platform did not serve in time: {ready}; see the folder logs")
        time.sleep(LOOK_S)


def _until_searchable(api: ApiClient, catalogue: Catalogue, deadline: float) -> dict[str, Any]:
    """The pipeline's state once every item has a verdict and every approved one is found."""
    with Bar() as bar:
        while True:
            sample, state = catalogue.sample(), api.get("/api/v1/pipeline")
            if sample.failure:
                raise CliError(f"the sample catalogue could not be loaded: {sample.failure.splitlines()[0]}")
            if sample.finished and _is_through(state):
                return state
            if time.monotonic() >= deadline:
                raise CliError(f"not all items were searchable in time ({TIMEOUT} sets it): {state}")
            what = "items searchable" if sample.total else "fetching the sample catalogue, drawing images"
            bar.show(what, state["searchable"] or 0, sample.total)
            time.sleep(LOOK_S)


def _is_through(state: dict[str, Any]) -> bool:
    items, searchable = state["items"], state["searchable"] or 0
    return bool(items["pending"] == 0 and searchable >= items["approved"] and state["outbox"]["rows"] == 0)


# -- figures


def _show_bulk(api: ApiClient, catalogue: Catalogue, state: dict[str, Any], done_at: datetime | None) -> None:
    items = state["items"]
    console.print(f"\ncatalogue: {sum(items.values()):,} items, {state['searchable']:,} searchable")
    if done_at is None:
        console.print("it was there already: figures of the whole import exist only on an empty data folder")
        return
    seconds = (done_at - catalogue.first_accepted()).total_seconds()
    console.print(
        f"whole import: {sum(items.values()) / seconds:,.0f} items/s; first accepted to all searchable {seconds:.1f} s"
    )
    buckets = buckets_of(api.text("/metrics"), LATENCY)
    p50, p99 = histogram_quantile(buckets, 0.5), histogram_quantile(buckets, 0.99)
    if p50 is not None and p99 is not None:
        console.print(
            f"  accepted -> searchable, while the import runs: p50 {p50:.1f} s, p99 {p99:.1f} s "
            "(from the worker's histogram; items queue behind each other)"
        )


def _show_one_at_a_time(settings: Settings) -> None:
    samples = probe(settings, PROBES)
    p50, p99 = quantile(samples, 0.5), quantile(samples, 0.99)
    console.print(
        f"one item at a time: accepted -> searchable p50 {1000 * p50:.0f} ms, p99 {1000 * p99:.0f} ms "
        f"({PROBES} items, from 201 to the first search over HTTP that finds it)"
    )


def _show_verdicts(catalogue: Catalogue) -> None:
    table = Listing("verdict", "by", "items", numbers=("items",), title="verdicts")
    for verdict, provider, count in catalogue.verdicts():
        table.add(verdict, provider, f"{count:,}")
    console.print(table)


def _show_searches(api: ApiClient) -> None:
    answers = {text: api.get("/api/v1/search", {"q": text, "limit": 5}) for text in SEARCHES}
    if not any(found["total"] for found in answers.values()):
        raise CliError(f"the searches for {', '.join(SEARCHES)} find nothing")
    for text, found in answers.items():
        names = ", ".join(item["name"] for item in found["items"])
        console.print(f"search {text!r}: {found['total']:,} items {names}", soft_wrap=True)


def _verdict(catalogue: Catalogue) -> int:
    dead = catalogue.dead_letters()
    console.print(f"dead letters: {len(dead)}")
    if dead:
        raise CliError(f"{len(dead)} events were set aside (`hero dlq list`), the first: {dead[0]}")
    return 0
