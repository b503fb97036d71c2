"""What a command says when it cannot do its work: one line, with what to do."""

from __future__ import annotations

FAILED = 1
USAGE = 2
NOT_RUNNING = 3
IN_USE = 4
INTERRUPTED = 130


class CliError(Exception):
    """Shown as `error: <message>`; the message says what is wrong, which value, and what to do."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        super().__init__(message)
        self.status = status


class NotRunning(CliError):
    """The command needs the platform, and it does not run on this data folder."""

    def __init__(self, message: str) -> None:
        super().__init__(message, NOT_RUNNING)


class InUse(CliError):
    """Data folder or port belong to another process."""

    def __init__(self, message: str) -> None:
        super().__init__(message, IN_USE)
