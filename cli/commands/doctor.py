"""`hero doctor`: whether this machine can run the platform, and how to mend what is wrong."""

from __future__ import annotations

import typer

from cli.errors import FAILED
from cli.options import Data, Json, Port, console, print_json

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(data: Data = None, port: Port = None, json: Json = False) -> None:
    """Check the machine and the chosen adapters, and say how to fix what is wrong. Exit status 1 if something is."""
    from dataclasses import asdict

    from rich.text import Text

    from cli.configure import settings_of_running
    from cli.diagnosis import examine

    checks = examine(settings_of_running(data=data, port=port))
    if json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            mark = Text(f"{check.verdict:<4} ", COLOURS[check.verdict])
            console.print(mark, f"{check.name}: {check.found}", soft_wrap=True)
            if check.fix:
                console.print(f"      {check.fix}", soft_wrap=True)
    if any(check.verdict == "fail" for check in checks):
        raise typer.Exit(FAILED)
