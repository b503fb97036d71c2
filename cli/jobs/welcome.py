"""What `hero up` shows: what runs, where, and the progress of the first run. It ends once all is there."""

from __future__ import annotations

import os
import time
from typing import Any

from cli.api_client import ApiClient
from cli.configure import load_settings
from cli.errors import NotRunning
from cli.explain import reported
from cli.options import console
from cli.progress import Bar
from cli.supervise.state import RunState, read
from cli.tables.listing import Listing
from herofactory.platform.settings import Settings

LOOK_S = 0.4


def welcome() -> int:
    # The parts are starting just now, and they come first.
    os.nice(5)
    return reported(_welcome)


def _welcome() -> int:
    settings = load_settings()
    with ApiClient(settings) as api:
        ready = _until_serving(api)
        show_parts(read(settings.folder), settings)
        ready = _until_loaded(api, ready)
    for reason in ready.get("reasons") or []:
        console.print(f"degraded: {reason}")
    console.print(f"ready: {api.url}")
    return 0


def show_parts(run: RunState | None, settings: Settings) -> None:
    if run is None:
        return
    table = Listing("part", "process", "state", "log", prose=("log",))
    for part in run.parts:
        log = settings.folder / "logs" / f"{part.name}.log"
        table.add(part.name, str(part.pid), part.state, str(log) if part.name != "postgres" else "")
    console.print(table)
    console.print(f"shop  {run.url}/\nAPI   {run.url}/docs\ndata  {settings.folder}\nCtrl-C stops all of it.")


def _until_serving(api: ApiClient) -> dict[str, Any]:
    while True:
        ready = _ask(api)
        if ready["status"] != "starting":
            return ready
        time.sleep(LOOK_S)


def _until_loaded(api: ApiClient, ready: dict[str, Any]) -> dict[str, Any]:
    if ready["status"] != "loading":
        return ready
    with Bar() as bar:
        while ready["status"] in ("loading", "starting"):
            if ready["status"] == "loading":
                what = "sample catalogue: items searchable" if ready["total"] else "sample catalogue: fetching, drawing"
                bar.show(what, ready["done"], ready["total"])
            time.sleep(LOOK_S)
            ready = _ask(api)
    return ready


def _ask(api: ApiClient) -> dict[str, Any]:
    """An API that is just being restarted is starting."""
    try:
        return api.readiness()
    except (NotRunning, ValueError):
        return {"status": "starting"}
