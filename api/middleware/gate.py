"""Who is it, and not too often: decided before a body is read. Health and metrics are exempt."""

from __future__ import annotations

import ipaddress
import math

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problem import Problem, unavailable
from api.services import Services, services_of
from herofactory.accounts.principal import Principal
from herofactory.accounts.tokens import InvalidToken, TokenVerifier
from herofactory.platform.rate_limit import RateLimiterUnavailable
from herofactory.platform.telemetry.access_notes import notes_of

EXEMPT = ("/health/", "/metrics")
READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(EXEMPT):
            try:
                await _admit(scope, services_of(scope))
            except Problem as problem:
                await problem.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _admit(scope: Scope, services: Services) -> None:
    problem: Problem | None = None
    principal: Principal | None = None
    try:
        principal = principal_of(Headers(scope=scope).get("authorization"), services.verifier)
    except Problem as refused:
        problem = refused
    # A forged token costs its sender a token of the address: guessing is limited as well.
    await _limit(scope, services, principal)
    if problem:
        raise problem
    scope.setdefault("state", {})["principal"] = principal
    if principal:
        notes_of(scope).user = services.observer.pseudonym(principal.subject)


def principal_of(authorization: str | None, verifier: TokenVerifier) -> Principal | None:
    """None without the header. Raises Problem INVALID_TOKEN for anything but a valid bearer token."""
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise InvalidToken("send `Authorization: Bearer TOKEN`")
        return verifier.verify(token.strip())
    except InvalidToken as error:
        challenge = {"www-authenticate": 'Bearer realm="herofactory", error="invalid_token"'}
        raise Problem("INVALID_TOKEN", str(error), headers=challenge) from error


async def _limit(scope: Scope, services: Services, principal: Principal | None) -> None:
    settings, reads = services.settings, scope["method"] in READS or _tells_of_a_click(scope["path"])
    kind, rate = ("read", settings.read_rate) if reads else ("write", settings.write_rate)
    who = address_of(scope) if reads or principal is None else principal.subject
    try:
        wait_s = await services.limiter.take(f"{kind}:{who}", rate, settings.rate_burst)
    except RateLimiterUnavailable as error:
        services.metrics.count("hero_rate_limiter_unavailable_total", kind=kind)
        if not reads:
            raise unavailable("the rate limiter's store does not answer, so nothing can be changed now") from error
        return
    if wait_s > 0:
        services.metrics.count("hero_rate_limited_total", kind=kind)
        seconds = max(1, math.ceil(wait_s))
        detail = f"at most {rate:g} {kind}s a second; try again in {seconds} s"
        raise Problem("RATE_LIMITED", detail, headers={"retry-after": str(seconds)})


def _tells_of_a_click(path: str) -> bool:
    """Clicks are as many as pages read, come from anybody, and change nothing that a limit of writes guards."""
    return path.startswith("/api/v1/search/") and path.endswith("/clicks")


def address_of(scope: Scope) -> str:
    """Of the connection, never of a header that anybody can write. An IPv6 customer has a whole /64."""
    host = scope["client"][0] if scope.get("client") else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)[:64]
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
