"""One thing to bring about on one server: told first, then done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from cli.errors import CliError
from cli.explain import explain


class Step(Protocol):
    @property
    def name(self) -> str:
        """What it is about, for people."""

    def changes(self) -> Sequence[str]:
        """What `apply` would change, a line each; asks the server. Raises what its client raises."""

    def apply(self) -> None:
        """Idempotent."""


Say = Callable[[str], None]


def show(steps: Sequence[Step], say: Say) -> bool:
    """Tell what would be done, and do nothing. False where a server could not be asked."""
    fine = True
    for step in steps:
        try:
            _tell(step.name, step.changes(), "as it should be", say)
        except Exception as error:  # noqa: BLE001  (a server that is down must not hide what the others need)
            say(f"{step.name}: {explain(error)}")
            fine = False
    return fine


def carry_out(steps: Sequence[Step], say: Say) -> None:
    """One after the other, each told before it is done. Raises CliError naming the step."""
    for step in steps:
        try:
            _tell(step.name, step.changes(), None, say)
            step.apply()
        except Exception as error:
            raise CliError(f"{step.name}: {explain(error)}") from error


def _tell(name: str, changes: Sequence[str], otherwise: str | None, say: Say) -> None:
    for line in changes or ([otherwise] if otherwise else []):
        say(f"{name}: {line}")
