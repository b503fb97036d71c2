"""`hero catalog`: whole catalogues into the running platform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import CliError
from cli.options import Data, Json, console, print_json, stderr

if TYPE_CHECKING:
    from herofactory.catalog.importing import ImportReport

app = typer.Typer(help="Catalogues from files.", no_args_is_help=True)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON Lines (.jsonl) or CSV (.csv).")],
    seller: Annotated[str, typer.Option(metavar="ID", help="User id that the items belong to.")] = "local",
    data: Data = None,
    json: Json = False,
) -> None:
    """Import items: name, description, category, tags, price, image; idempotent by external_id.

    Bad lines are left out and kept beside the file in FILE.rejected.jsonl, with number and reason: a warning on
    standard error says how many. Exit status 1 where every line is bad, 0 where at least one is good.
    """
    import asyncio

    from cli.configure import settings_of_running
    from cli.importing import import_catalogue
    from cli.progress import Bar
    from cli.running import require_running
    from herofactory.accounts.principal import checked_subject

    settings = settings_of_running(data=data)
    try:
        checked_subject(seller)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--seller") from error
    require_running(settings)
    try:
        with Bar() as bar:
            work = import_catalogue(settings, file, seller, lambda r: bar.show("importing items", r.done, r.total))
            report = asyncio.run(work)
    except FileNotFoundError as error:
        raise CliError(f"{file}: no such file") from error
    except ValueError as error:
        raise CliError(str(error)) from error
    _tell(report, file, json)


@app.command()
def sample(data: Data = None) -> None:
    """Load the sample catalogue (the first `hero up` does it by itself); what is there already stays."""
    from cli.configure import settings_of_running
    from cli.progress import Bar
    from cli.running import require_running
    from cli.sample import load_sample

    settings = settings_of_running(data=data)
    require_running(settings)
    with Bar() as bar:
        report = load_sample(settings, bar.show)
    console.print(_summary(report))


def _tell(report: ImportReport, file: Path, json: bool) -> None:
    """Raises CliError where all of it was rejected."""
    from dataclasses import asdict

    rejects = file.with_name(file.name + ".rejected.jsonl") if report.rejected else None
    if json:
        print_json({**asdict(report), "rejects": rejects and str(rejects)})
    else:
        console.print(_summary(report))
    if rejects and report.rejected == report.total:
        raise CliError(f"no line could be imported; numbers and reasons: {rejects}")
    if rejects:
        stderr.print(
            f"warning: {report.rejected:,} of {report.total:,} lines were left out; numbers and reasons: {rejects}"
        )


def _summary(report: ImportReport) -> str:
    return (
        f"{report.total:,} lines: {report.created:,} created, {report.changed:,} changed, "
        f"{report.unchanged:,} unchanged, {report.rejected:,} rejected"
    )
