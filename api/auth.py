"""Who asks, as routes want to know it. The gate has verified the token already."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.requests import Request

from api.problem import Problem
from herofactory.accounts.principal import Principal

# For the documentation's Authorize button; never refuses by itself.
_bearer = HTTPBearer(auto_error=False, description="`hero token issue --user ID` prints one for development")


def _anybody(request: Request) -> Principal | None:
    principal: Principal | None = request.state.principal
    return principal


def somebody(request: Request) -> Principal:
    """Raises Problem TOKEN_REQUIRED."""
    principal = _anybody(request)
    if principal is None:
        challenge = {"www-authenticate": 'Bearer realm="herofactory"'}
        raise Problem("TOKEN_REQUIRED", "send `Authorization: Bearer TOKEN`", headers=challenge)
    return principal


def _moderator(principal: Annotated[Principal, Depends(somebody)]) -> Principal:
    if not principal.may_moderate:
        raise Problem("FORBIDDEN", f"this needs the role moderator or admin, the token has {principal.role}")
    return principal


def _admin(principal: Annotated[Principal, Depends(somebody)]) -> Principal:
    if principal.role != "admin":
        raise Problem("FORBIDDEN", f"this needs the role admin, the token has {principal.role}")
    return principal


documented = Depends(_bearer)
Anybody = Annotated[Principal | None, Depends(_anybody)]
"""The caller, or None without a token."""
Somebody = Annotated[Principal, Depends(somebody)]
"""The caller; without a token the answer is 401."""
Moderator = Annotated[Principal, Depends(_moderator)]
"""The caller with the role moderator or admin; otherwise the answer is 401 or 403."""
Admin = Annotated[Principal, Depends(_admin)]
"""The caller with the role admin; otherwise the answer is 401 or 403."""
