"""`hero`: the command line. Commands live in `cli/commands`; the platform's own processes start in `cli/run.py`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cli.commands import catalog, dlq, doctor, index, insights, quality, replay, search, simulate, status, topics, up
from cli.commands import settings as settings_command
from cli.commands import token as token_command
from cli.errors import FAILED, INTERRUPTED, USAGE, CliError
from cli.explain import explain

app = typer.Typer(
    name="hero",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 failed, 2 wrong usage, 3 the platform is not running, 4 folder or port in use.",
)


@app.callback()
def hero(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """HeroFactory: an event-driven store for game assets, on one machine, in one command."""
    context.obj = debug


app.command()(up.up)
app.command()(up.demo)
app.command()(status.status)
app.command()(doctor.doctor)
app.command()(search.search)
app.command()(simulate.simulate)
app.add_typer(catalog.app, name="catalog")
app.add_typer(insights.app, name="insights")
app.add_typer(quality.app, name="quality")
app.add_typer(topics.app, name="topics")
app.add_typer(dlq.app, name="dlq")
app.add_typer(index.app, name="index")
app.add_typer(replay.app, name="replay")
app.add_typer(token_command.app, name="token")
app.add_typer(settings_command.app, name="settings")


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as version_of

    print(version_of("herofactory"))


def _refuse_bytes(words: list[str]) -> None:
    """Python keeps bytes that are not UTF-8 as halves of surrogate pairs, which nothing downstream can write."""
    for word in words:
        if any("\udc80" <= each <= "\udcff" for each in word):
            shown = os.fsencode(word)[:50]
            raise CliError(
                f"the argument {shown!r} is not UTF-8 text: set the terminal, or the script, to UTF-8", USAGE
            )


def main() -> None:
    """Never returns: exits with the command's status."""
    try:
        _refuse_bytes(sys.argv[1:])
        app(prog_name="hero")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; without this Python complains once more while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except Exception as error:
        if "--debug" in sys.argv[1:]:
            raise
        print(f"error: {explain(error)}", file=sys.stderr)
        sys.exit(error.status if isinstance(error, CliError) else FAILED)


if __name__ == "__main__":
    main()
