"""What commands need that talk with a running platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.errors import CliError, NotRunning
from cli.supervise.lock import is_running

if TYPE_CHECKING:
    from herofactory.platform.eventlog.port import EventLog
    from herofactory.platform.settings import Settings


def require_running(settings: Settings) -> None:
    """Raises NotRunning."""
    if not settings.database_url and not is_running(settings.folder):
        raise NotRunning(
            f"the platform is not running on {settings.folder}: start it first with `make up` or `hero up` "
            "(another data folder: HERO_DATA or --data)"
        )


def existing_log(settings: Settings) -> EventLog:
    """The event log, also of a platform that is stopped; never makes an empty one. Raises CliError."""
    from cli.compose import open_log

    if settings.stack == "embedded" and not (settings.folder / "log" / "log.db").exists():
        raise CliError(f"{settings.folder} holds no event log yet: start the platform once with `make up` or `hero up`")
    return open_log(settings)
