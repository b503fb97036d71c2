"""`hero status`: how the platform is doing."""

from __future__ import annotations

from typing import Any

import typer

from cli.errors import NOT_RUNNING
from cli.options import Data, Json, console, print_json


def status(data: Data = None, json: Json = False) -> None:
    """Show each part, each agent's lag, the outbox, dead letters and items. Exit status 3 where nothing runs."""
    import asyncio

    from cli.configure import settings_of_running
    from cli.overview import overview

    found = asyncio.run(overview(settings_of_running(data=data)))
    if json:
        print_json(found)
    else:
        _show(found)
    if not found["running"]:
        raise typer.Exit(NOT_RUNNING)


def _show(found: dict[str, Any]) -> None:
    if not found["running"]:
        console.print(f"not running on {found['data']}: start it with `make up` or `hero up`")
        _show_problems(found)
        return
    supervisor = f"supervisor {found['pid']}" if found["pid"] else "not started by `hero up` here"
    where = f"{found['url'] or 'no API answers here'}  {found['stack']}  {supervisor}  data {found['data']}"
    console.print(where, soft_wrap=True)
    _show_parts(found["parts"])
    agents = found.get("agents", {})
    _show_agents(agents)
    for name, each in agents.items():
        if each["missed"]:
            console.print(f"{name}: retention took {each['missed']:,} records before it read them (`hero replay`)")
    if outbox := found.get("outbox"):
        console.print(f"outbox: {outbox['rows']:,} rows, oldest {outbox['oldest_s']:.1f} s")
    if items := found.get("items"):
        console.print("items: " + ", ".join(f"{count:,} {name}" for name, count in items.items()))
    if (sample := found.get("sample")) and not sample["finished"]:
        console.print(f"sample catalogue: not finished ({sample.get('failure') or 'being loaded'})")
    _show_problems(found)


def _show_parts(parts: list[dict[str, Any]]) -> None:
    from cli.tables.listing import Listing

    table = Listing("part", "process", "state", "restarts", numbers=("process", "restarts"), prose=("state",))
    for part in parts:
        process = str(part["instance"] or part["pid"] or "")
        table.add(part["name"], process, part["state"], _known(part["restarts"]))
    console.print(table)


def _show_agents(agents: dict[str, Any]) -> None:
    from cli.tables.listing import Listing

    table = Listing("agent", "state", "lag", "dead letters", numbers=("lag", "dead letters"), prose=("state",))
    for name, each in agents.items():
        table.add(name, _state(each), str(each["lag"]), _known(each["dead_letters"]))
    console.print(table)


def _show_problems(found: dict[str, Any]) -> None:
    for problem in found["problems"]:
        console.print(f"problem: {problem}")


def _known(number: int | None) -> str:
    return "" if number is None else str(number)


def _state(agent: dict[str, Any]) -> str:
    return f"{agent['state']}: {agent['cause']}" if agent["cause"] else str(agent["state"])
