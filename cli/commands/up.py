"""`hero up`, `hero demo`: become the supervisor."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from cli.options import Data, Port

if TYPE_CHECKING:
    from cli.supervise.plan import Plan

Patience = Annotated[float, typer.Option("--patience", hidden=True, help="Seconds to wait for a folder or port.")]
NoSample = Annotated[bool, typer.Option("--no-sample", help="Do not load the sample catalogue.")]


def up(
    stack: Annotated[str, typer.Option(metavar="embedded", help="Which adapters to run on.")] = "embedded",
    port: Port = None,
    data: Data = None,
    no_sample: NoSample = False,
    patience: Patience = 20.0,
) -> None:
    """Run the platform until Ctrl-C; the first run loads the sample catalogue.

    It ends when the process that started it ends: to leave it running, start it from a service manager.
    """
    if stack != "embedded":
        raise typer.BadParameter(f"{stack!r} is not available; there is: embedded", param_hint="--stack")
    _become_supervisor("up", data, port, sample=not no_sample, patience_s=patience)


def demo(port: Port = None, data: Data = None, patience: Patience = 20.0) -> None:
    """Load the sample catalogue, wait until all of it is searchable, print the pipeline's figures, and stop.

    HERO_DEMO_TIMEOUT: seconds after which it gives up (300).
    """
    _become_supervisor("demo", data, port, sample=True, patience_s=patience)


def _become_supervisor(
    mode: Literal["up", "demo"], data: Data, port: Port, *, sample: bool, patience_s: float
) -> NoReturn:
    """Replaces this process: what was imported to read the command line need not stay in memory for days."""
    from cli.configure import load_settings
    from cli.supervise.plan import Plan

    settings = load_settings(data=data, port=port)
    plan = Plan(
        folder=settings.folder,
        host=settings.host,
        port=settings.port,
        postgres_user=settings.postgres_user,
        embedded_database=not settings.database_url,
        sample=sample,
        mode=mode,
        patience_s=patience_s,
    )
    sys.stdout.flush()
    os.execv(sys.executable, _command(plan))  # noqa: S606  (a fixed argument list, no shell)


def _command(plan: Plan) -> list[str]:
    return [sys.executable, "-P", "-m", "cli.run", "supervise", plan.to_json()]
