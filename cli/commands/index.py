"""`hero index`: the search index."""

from __future__ import annotations

import typer

from cli.options import Data, Json, console, print_json

app = typer.Typer(help="The search index.", no_args_is_help=True)


@app.callback()
def _family() -> None:
    """Keeps `rebuild` a subcommand while it is the only one."""


@app.command()
def rebuild(
    data: Data = None,
    json: Json = False,
    timeout: float = typer.Option(600.0, min=1, metavar="S", help="Seconds to wait for it."),
) -> None:
    """Build the index anew from the database, beside the one that is searched, and put it in its place.

    Not while a replay of search-index is open, which keeps two: `hero replay status`.
    """
    from cli.configure import settings_of_running
    from cli.index_rebuild import request_rebuild
    from cli.running import require_running

    settings = settings_of_running(data=data)
    require_running(settings)
    done = request_rebuild(settings, timeout)
    if json:
        print_json(done)
    else:
        console.print(f"index rebuilt: {done.get('documents', '?')} items in {done.get('seconds', 0.0):.1f} s")
