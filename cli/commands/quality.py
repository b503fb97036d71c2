"""`hero quality`: expectations of what topics and tables hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import FAILED
from cli.options import Data, Json, console, print_json

if TYPE_CHECKING:
    from herofactory.quality.result import SuiteResult

app = typer.Typer(help="Expectations of what topics and tables hold.", no_args_is_help=True)


@app.callback()
def _family() -> None:
    """Keeps `run` a subcommand while it is the only one."""


@app.command()
def run(
    suite: Annotated[
        list[str] | None, typer.Option("--suite", metavar="NAME", help="Only this one; repeatable.")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Check them now, on the newest rows of each topic and table. Exit status 1 where one is not met."""
    import asyncio

    from cli.address import url_of
    from cli.configure import settings_of_running
    from cli.quality import check
    from cli.running import require_running
    from herofactory.quality.names import NAMES

    settings = settings_of_running(data=data)
    require_running(settings)
    results = asyncio.run(check(settings, suite or NAMES))
    if json:
        print_json([_plain(result) for result in results])
    else:
        _show(results)
        console.print(f"pages: {url_of(settings.host, settings.port)}/quality")
    if not all(result.passed for result in results):
        raise typer.Exit(FAILED)


def _plain(result: SuiteResult) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(result), "passed": result.passed}


def _show(results: Sequence[SuiteResult]) -> None:
    from rich.text import Text

    from cli.tables.listing import Listing

    table = Listing("suite", "result", "met", "rows", "took", numbers=("met", "rows", "took"))
    for result in results:
        verdict = Text("passed", "green") if result.passed else Text("failed", "red")
        met, took = len(result.checks) - len(result.failed), f"{result.duration_ms / 1000:.1f} s"
        table.add(result.suite, verdict, f"{met} of {len(result.checks)}", f"{sum(result.rows.values()):,}", took)
    console.print(table)
    for result in results:
        for check in result.failed:
            console.print(f"{result.suite}: {check.reason}")
