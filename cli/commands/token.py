"""`hero token`: development tokens."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from cli.errors import CliError
from cli.options import Data

TTL_MOST_S = 366 * 24 * 3_600

app = typer.Typer(help="Access tokens for development.", no_args_is_help=True)


@app.callback()
def _family() -> None:
    """Keeps `issue` a subcommand while it is the only one."""


@app.command()
def issue(
    user: Annotated[str, typer.Option("--user", metavar="ID", help="User id the token is for; seller of new items.")],
    role: Annotated[str, typer.Option(metavar="ROLE", help="user, moderator or admin.")] = "user",
    ttl: Annotated[int | None, typer.Option(min=1, max=TTL_MOST_S, metavar="S", help="Seconds it is good for.")] = None,
    data: Data = None,
) -> None:
    """Print a token, alone on the last line. Refused in production."""
    from cli.configure import settings_of_running
    from herofactory.accounts.principal import Role
    from herofactory.accounts.signing_key import load_signing_key
    from herofactory.accounts.tokens import TokenIssuer
    from herofactory.platform.clock import SystemClock

    settings = settings_of_running(data=data)
    if settings.environment == "production":
        raise CliError("development tokens are refused with HERO_ENVIRONMENT=production: users sign in there")
    key = load_signing_key(settings.folder / "keys")
    try:
        token = TokenIssuer(key, ttl or settings.token_ttl_s, SystemClock()).issue(user, cast(Role, role))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    print(token)
