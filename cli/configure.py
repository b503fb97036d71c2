"""Settings for a command: the environment, `.env`, what the command line says on top, and what runs on the folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cli.errors import CliError

if TYPE_CHECKING:
    from herofactory.platform.settings import Settings


def load_settings(*, data: Path | None = None, port: int | None = None, stack: str | None = None) -> Settings:
    """Raises CliError naming the variable. What was given, and the data folder as an absolute path, go
    into the environment, for child processes."""
    if data is not None:
        os.environ["HERO_DATA"] = str(data)
    if stack is not None:
        os.environ["HERO_STACK"] = stack
    if port is not None:
        os.environ["PORT"] = str(port)
    settings = _settings()
    os.environ["HERO_DATA"] = str(settings.folder)
    return settings.model_copy(update={"data": settings.folder})


def settings_of_running(*, data: Path | None = None, port: int | None = None) -> Settings:
    """For commands that look at what runs: the stack and address that `hero up` was started with, unless given here.

    Raises CliError naming the variable.
    """
    from cli.supervise.lock import is_running
    from cli.supervise.state import read

    settings = load_settings(data=data, port=port)
    run = read(settings.folder) if is_running(settings.folder) else None
    if run is None:
        return settings
    if "stack" not in settings.model_fields_set and run.stack != settings.stack:
        try:
            settings = load_settings(stack=run.stack)
        except CliError as error:
            raise CliError(f"{settings.folder} is run by `hero up --stack {run.stack}`: {error}") from error
    if "port" in settings.model_fields_set:
        return settings
    url = urlsplit(run.url)
    return settings.model_copy(update={"host": url.hostname, "port": url.port})


def _settings() -> Settings:
    from pydantic import ValidationError

    from herofactory.platform.settings import Settings

    try:
        return Settings.model_validate({})
    except ValidationError as error:
        raise CliError("; ".join(map(_told, error.errors()))) from error


def _told(problem: object) -> str:
    from herofactory.platform.settings import Settings, env_name

    assert isinstance(problem, dict)
    field = str(problem["loc"][0]) if problem["loc"] else ""
    name = env_name(field) if field in Settings.model_fields else field
    is_secret = field in Settings.model_fields and "SecretStr" in str(Settings.model_fields[field].annotation)
    given = (
        f"={problem['input']}" if field and not is_secret and isinstance(problem["input"], str | int | float) else ""
    )
    return f"{name}{given}: {problem['msg'].removeprefix('Value error, ')}" if field else str(problem["msg"])
