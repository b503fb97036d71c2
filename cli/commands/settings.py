"""`hero settings`: what can be set."""

from __future__ import annotations

import typer

app = typer.Typer(help="Settings: environment variables, or a file .env.", no_args_is_help=True)


@app.callback()
def _family() -> None:
    """Keeps `example` a subcommand while it is the only one."""


@app.command()
def example() -> None:
    """Print every setting with its meaning and default (the contents of .env.example)."""
    from herofactory.platform.settings import env_example

    print(env_example(), end="")
