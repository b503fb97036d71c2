"""Settings for a command: the environment, `.env`, and what the command line says on top."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import CliError

if TYPE_CHECKING:
    from herofactory.platform.settings import Settings


def load_settings(*, data: Path | None = None, port: int | None = None, stack: str | None = None) -> Settings:
    """Raises CliError naming the variable. What was given, and the data folder as an absolute path, go
    into the environment, for child processes."""
    from pydantic import ValidationError

    from herofactory.platform.settings import Settings

    if data is not None:
        os.environ["HERO_DATA"] = str(data)
    if stack is not None:
        os.environ["HERO_STACK"] = stack
    if port is not None:
        os.environ["PORT"] = str(port)
    try:
        settings = Settings.model_validate({})
    except ValidationError as error:
        raise CliError("; ".join(map(_told, error.errors()))) from error
    os.environ["HERO_DATA"] = str(settings.folder)
    return settings.model_copy(update={"data": settings.folder})


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
