"""`hero insights`: what the API says of searches, items, generations and traffic, in the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import CliError
from cli.options import Data, Json, Port, console, print_json

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer(help="What people search for, find, miss and look at.", no_args_is_help=True)
Window = Annotated[
    str | None, typer.Option("--window", metavar="NAME", help="hour, day, week or month until now (day).")
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="ISO 8601 with a zone, for --window; 90 days at most."),
]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="End of --from (now).")]
Limit = Annotated[int, typer.Option("-n", "--limit", min=1, max=100, help="How many to show.")]
Include = Annotated[
    str | None, typer.Option("--include", metavar="simulated", help="Count simulated traffic in; the output says so.")
]
Raw = Annotated[bool, typer.Option("--raw", help="Also what fewer than five people did (needs the signing key).")]
Show = Callable[[dict[str, Any]], "RenderableType"]


@app.command()
def popular(
    window: Window = None, start: From = None, end: To = None, limit: Limit = 20, include: Include = None,
    raw: Raw = False, port: Port = None, data: Data = None, json: Json = False,
) -> None:  # fmt: skip
    """What most people search for, with the change of rank."""
    from cli.tables.insights import popular as show

    query = {**_period(window, start, end), "limit": limit, "include": include}
    _answer("searches/popular", query, show, raw=raw, port=port, data=data, json=json)


@app.command()
def trending(
    window: Window = None, start: From = None, end: To = None, limit: Limit = 20, include: Include = None,
    port: Port = None, data: Data = None, json: Json = False,
) -> None:  # fmt: skip
    """What suddenly more people search for than usual, and why it is said."""
    from cli.tables.insights import trending as show

    query = {**_period(window, start, end), "limit": limit, "include": include}
    _answer("searches/trending", query, show, port=port, data=data, json=json)


@app.command()
def missing(
    window: Window = None, start: From = None, end: To = None, limit: Limit = 20, include: Include = None,
    state: Annotated[str, typer.Option(help="open, answered, dismissed (with --raw) or all.")] = "open",
    raw: Raw = False, port: Port = None, data: Data = None, json: Json = False,
) -> None:  # fmt: skip
    """What people search for in vain."""
    from cli.tables.insights import missing as show

    if state == "dismissed" and not raw:
        raise CliError("what a moderator dismissed is told with --raw alone")
    query = {**_period(window, start, end), "limit": limit, "include": include, "state": state}
    _answer("searches/missing", query, show, raw=raw, port=port, data=data, json=json)


@app.command()
def quality(
    window: Window = None, start: From = None, end: To = None, include: Include = None,
    raw: Raw = False, port: Port = None, data: Data = None, json: Json = False,
) -> None:  # fmt: skip
    """How well searching works."""
    from cli.tables.rates import quality as show

    query = {**_period(window, start, end), "include": include}
    _answer("searches/quality", query, show, raw=raw, port=port, data=data, json=json)


@app.command()
def items(
    window: Window = None, start: From = None, end: To = None, limit: Limit = 20, include: Include = None,
    raw: Raw = False, port: Port = None, data: Data = None, json: Json = False,
) -> None:  # fmt: skip
    """What most people look at."""
    from cli.tables.insights import items as show

    query = {**_period(window, start, end), "limit": limit, "include": include}
    _answer("items/popular", query, show, raw=raw, port=port, data=data, json=json)


@app.command()
def traffic(
    window: Window = None, start: From = None, end: To = None,
    port: Port = None, data: Data = None, json: Json = False,
) -> None:  # fmt: skip
    """Requests, errors and durations of the API, by route (needs the signing key)."""
    from cli.tables.rates import traffic as show

    _answer("traffic", _period(window, start, end), show, admin=True, port=port, data=data, json=json)


@app.command()
def generations(
    window: Window = None, start: From = None, end: To = None,
    raw: Raw = False, port: Port = None, data: Data = None, json: Json = False,
) -> None:  # fmt: skip
    """What was asked of the studio, what became of it, how long it took."""
    from cli.tables.rates import generations as show

    _answer("generations", _period(window, start, end), show, raw=raw, port=port, data=data, json=json)


def _period(window: str | None, start: str | None, end: str | None) -> dict[str, Any]:
    if window and (start or end):
        raise CliError("--window and --from/--to exclude each other: give one of them")
    return {"window": window, "from": start, "to": end}


def _answer(
    path: str, query: dict[str, Any], show: Show, *, raw: bool = False, admin: bool = False,
    port: int | None, data: Data, json: bool,
) -> None:  # fmt: skip
    from cli.admin_token import admin_token
    from cli.api_client import ApiClient
    from cli.configure import settings_of_running

    settings = settings_of_running(data=data, port=port)
    token = admin_token(settings) if raw or admin else None
    wanted = {name: value for name, value in {**query, "raw": "true" if raw else None}.items() if value is not None}
    with ApiClient(settings, token) as api:
        found = api.get(f"/api/v1/insights/{path}", wanted)
    if json:
        print_json(found)
    else:
        console.print(show(found))
