"""`hero up`, `hero demo`: become the supervisor."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from cli.errors import FAILED
from cli.options import Data, Port

if TYPE_CHECKING:
    from cli.supervise.plan import Plan

Patience = Annotated[float, typer.Option("--patience", hidden=True, help="Seconds to wait for a folder or port.")]
Stack = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="embedded, or kafka: servers that exist (HERO_STACK, or embedded)."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and change nothing.")]
NoSample = Annotated[bool, typer.Option("--no-sample", help="Do not load the sample catalogue.")]


def up(
    stack: Stack = None,
    dry_run: DryRun = False,
    port: Port = None,
    data: Data = None,
    no_sample: NoSample = False,
    patience: Patience = 20.0,
) -> None:
    """Run the platform until Ctrl-C; the first run loads the sample catalogue.

    It ends when the process that started it ends: to leave it running, start it from a service manager.
    """
    if stack not in (None, "embedded", "kafka"):
        raise typer.BadParameter(f"{stack!r} is not available; there are: embedded, kafka", param_hint="--stack")
    if dry_run:
        _show_plan(data, port, stack)
        return
    _become_supervisor("up", data, port, stack, sample=not no_sample, patience_s=patience)


def demo(port: Port = None, data: Data = None, patience: Patience = 20.0) -> None:
    """Load the sample catalogue, wait until all of it is searchable, print the pipeline's figures, and stop.

    HERO_DEMO_TIMEOUT: seconds after which it gives up (300).
    """
    _become_supervisor("demo", data, port, None, sample=True, patience_s=patience)


def _show_plan(data: Data, port: Port, stack: str | None) -> None:
    """Exit status 1 where a server could not be asked."""
    from cli.address import url_of
    from cli.configure import load_settings
    from cli.stacks import PARTS

    settings = load_settings(data=data, port=port, stack=stack)
    fine = True
    if settings.stack == "kafka":
        from cli.provision.plan import steps_of
        from cli.provision.step import show

        with steps_of(settings) as steps:
            fine = show(steps, print)
    elif not settings.database_url:
        print(f"postgres: start the embedded server in {settings.folder / 'postgres'}")
    print(f"parts: start {', '.join(PARTS[settings.stack])}; the API on {url_of(settings.host, settings.port)}")
    if not fine:
        raise typer.Exit(FAILED)


def _become_supervisor(
    mode: Literal["up", "demo"], data: Data, port: Port, stack: str | None, *, sample: bool, patience_s: float
) -> NoReturn:
    """Replaces this process: what was imported to read the command line need not stay in memory for days."""
    from cli.configure import load_settings
    from cli.stacks import PARTS
    from cli.supervise.plan import Plan

    settings = load_settings(data=data, port=port, stack=stack)
    plan = Plan(
        folder=settings.folder,
        host=settings.host,
        port=settings.port,
        postgres_user=settings.postgres_user,
        embedded_database=not settings.database_url,
        sample=sample,
        mode=mode,
        stack=settings.stack,
        parts=PARTS[settings.stack],
        patience_s=patience_s,
    )
    sys.stdout.flush()
    os.execv(sys.executable, _command(plan))  # noqa: S606  (a fixed argument list, no shell)


def _command(plan: Plan) -> list[str]:
    return [sys.executable, "-P", "-m", "cli.run", "supervise", plan.to_json()]
