"""Dead letters as a table, and what became of them as a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli.options import console
from cli.tables.listing import Listing
from herofactory.platform.delivery.letters import CEILING, Redrove

COLUMNS = ("id", "at", "class", "state", "redriven", "cause", "message")


def show_letters(letters: Sequence[dict[str, Any]], there_are: int) -> None:
    spare = ("redriven", "state", "class", "at", "message", "cause")  # an id is there to be copied
    table = Listing(*COLUMNS, numbers=("redriven",), prose=("cause", "message"), spare=spare)
    for letter in letters:
        told = {**letter, "at": letter["at"][:19].replace("T", " ")}
        table.add(*(str(told[column]) for column in COLUMNS))
    console.print(table)
    if there_are > len(letters):
        console.print(f"and {there_are - len(letters):,} more: --limit {there_are}, or narrow the list")


def show_redrove(done: Redrove) -> None:
    console.print(f"{done.sent:,} redriven")
    if done.refused:
        console.print(
            f"{done.refused:,} left: redriven {CEILING} times already, or behind such a one; --force sends them"
        )
    if done.foreign:
        console.print(f"{done.foreign:,} left: no agent wrote them, or theirs takes nothing back; drop them")
    if done.gone:
        console.print(f"{done.gone:,} are gone: retention took them")
