"""Which figures a request may see: simulated ones too, and what few people did."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Query
from starlette.requests import Request

from api.auth import Anybody
from api.models.insights import envelope
from api.period import Period
from api.problem import Problem
from api.remembered import Remembered
from api.services import Services, Wired
from herofactory.insights.figures.scope import PUBLIC_PEOPLE, Scope, active_scope

T = TypeVar("T")


def _remembered(request: Request) -> Remembered:
    """One for the application's life."""
    state = request.app.state
    if not hasattr(state, "figures"):
        state.figures = Remembered()
    kept: Remembered = state.figures
    return kept


Kept = Annotated[Remembered, Depends(_remembered)]
Include = Annotated[
    Literal["simulated"] | None, Query(description="`simulated`: count simulated traffic in; the answer says so")
]
_HAS_SIMULATED = """SELECT EXISTS (SELECT FROM quality_buckets WHERE generation = %s AND simulated) AS any"""


class View:
    """Raises Problem FORBIDDEN."""

    def __init__(
        self,
        services: Wired,
        kept: Kept,
        caller: Anybody,
        include: Include = None,
        raw: Annotated[
            bool, Query(description=f"Also what fewer than {PUBLIC_PEOPLE} people did; for moderators and admins")
        ] = False,
    ) -> None:
        if raw and not (caller and caller.may_moderate):
            raise Problem(
                "FORBIDDEN",
                f"raw=true shows what fewer than {PUBLIC_PEOPLE} people did: it needs a token with the role moderator "
                "or admin; without it, leave raw out",
            )
        self.raw = raw
        self.simulated = include == "simulated"
        self._services = services
        self._kept = kept

    async def answer(self, name: str, period: Period, make: Callable[[Scope], Awaitable[T]], *more: Hashable) -> T:
        """In public one a few seconds old does as well. `more`: what else it depends on."""
        scope = await self.scope()
        if self.raw:
            return await make(scope)
        key = (name, scope, period.window, period.range, *more)
        return await self._kept.answer(key, lambda: make(scope))

    async def scope(self) -> Scope:
        return await active_scope(self._services.database, simulated=self.simulated)

    async def envelope(self, period: Period, scope: Scope) -> dict[str, Any]:
        there = await has_simulated(self._services, scope)
        return envelope(period, simulated=self.simulated, has_simulated=there, raw=self.raw)


async def has_simulated(services: Services, scope: Scope) -> bool:
    row = await services.database.fetch_one(_HAS_SIMULATED, scope.generation)
    return bool(row and row["any"])


Viewed = Annotated[View, Depends(View)]
