"""A token for commands that show what only moderators may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.errors import CliError

if TYPE_CHECKING:
    from herofactory.platform.settings import Settings

SUBJECT = "hero-cli"
GOOD_FOR_S = 300


def admin_token(settings: Settings) -> str:
    """As `hero token issue --role admin` makes one. Raises CliError in production, and where the key is not at hand."""
    from herofactory.accounts.signing_key import load_signing_key
    from herofactory.accounts.tokens import TokenIssuer
    from herofactory.platform.clock import SystemClock

    if settings.environment == "production":
        raise CliError("this needs a moderator, and development tokens are refused with HERO_ENVIRONMENT=production")
    keys = settings.folder / "keys"
    if not keys.exists():
        raise CliError(
            f"this needs a moderator's token, and there is no signing key in {keys}: run it on the platform's machine, "
            "with its data folder (HERO_DATA)"
        )
    return TokenIssuer(load_signing_key(keys), GOOD_FOR_S, SystemClock()).issue(SUBJECT, "admin")
