"""Who looks, and whether it counts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Header, Query
from starlette.requests import Request

from api.auth import Anybody
from herofactory.accounts.principal import Principal
from herofactory.insights.privacy.pseudonym import Identity
from herofactory.platform.events.search import Source
from herofactory.platform.telemetry.access_notes import AccessNotes, notes_of

# No name or address by accident: neither spaces nor @.
_SESSION = r"^[A-Za-z0-9._:-]{0,64}$"
_AGENT_LONGEST = 500
_PREFETCH = ("sec-purpose", "purpose", "x-moz")


@dataclass(frozen=True, slots=True)
class Visitor:
    identity: Identity
    principal: Principal | None
    source: Source
    is_silent: bool
    """Nobody looks at the answer: HEAD, or a browser that loads ahead."""
    started_ns: int
    """`time.perf_counter_ns()` of the request's arrival."""
    notes: AccessNotes
    """For the request's line in the access log."""


def _visitor(
    request: Request,
    caller: Anybody,
    session: Annotated[
        str | None, Query(pattern=_SESSION, description="Ties what happens in one visit together; or X-Session")
    ] = None,
    x_session: Annotated[str | None, Header(pattern=_SESSION)] = None,
    source: Annotated[
        Literal["typed", "suggestion"], Query(description="How the text came to be searched for")
    ] = "typed",
    x_source: Annotated[
        Literal["test", "replay"] | None, Header(description="Marks what must not count in any figure")
    ] = None,
) -> Visitor:
    headers, client = request.headers, request.client
    return Visitor(
        identity=Identity(
            user=caller.subject if caller else None,
            session=session or x_session or None,
            address=client.host if client else "",
            agent=headers.get("user-agent", "")[:_AGENT_LONGEST],
        ),
        principal=caller,
        source=x_source or source,
        is_silent=getattr(request.state, "without_body", False) or _is_prefetch(request),
        started_ns=getattr(request.state, "started_ns", None) or time.perf_counter_ns(),
        notes=notes_of(request.scope),
    )


def _is_prefetch(request: Request) -> bool:
    return any("prefetch" in request.headers.get(name, "").lower() for name in _PREFETCH)


Watched = Annotated[Visitor, Depends(_visitor)]
"""The visitor. A session or source that cannot be taken is answered with 422."""
