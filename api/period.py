"""The time that figures are asked for: `window`, or `from` and `to`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query

from api.problem import invalid
from api.services import Wired
from herofactory.insights.window import LONGEST, BadRange, Range, Window

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
"""A range may end so far in the future: today, as somebody east of here has it."""


class Period:
    """Raises Problem VALIDATION_FAILED naming the parameter."""

    def __init__(
        self,
        services: Wired,
        window: Annotated[Window | None, Query(description="Until now [default: day]")] = None,
        start: Annotated[
            str | None,
            Query(alias="from", description=f"ISO 8601 with a zone, instead of `window`; {LONGEST.days} days at most"),
        ] = None,
        end: Annotated[str | None, Query(alias="to", description="Exclusive [default: now]")] = None,
    ) -> None:
        now = services.clock.now()
        if start is None and end is None:
            self.window: Window | None = window or Window.DAY
            self.range = Range.last(self.window, now)
            return
        if window is not None:
            raise invalid("window", "give either `window`, or `from` and `to`")
        if start is None:
            raise invalid("from", "`to` needs a `from`")
        self.window = None
        try:
            self.range = Range.of(_moment("from", start, now), _moment("to", end, now) if end else now)
        except BadRange as error:
            raise invalid("from", str(error)) from error


def _moment(name: str, text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        hint = "; in an address + is written %2B" if " " in text else ""
        raise invalid(name, f"{text[:50]!r} is no ISO 8601 time like 2026-01-31T00:00:00Z{hint}") from error
    if moment.tzinfo is None:
        raise invalid(name, f"{text[:50]!r} has no zone; append Z for UTC, as in 2026-01-31T00:00:00Z")
    if not _EARLIEST <= moment <= now + _AHEAD:
        raise invalid(name, f"{text[:50]!r} lies before {_EARLIEST.year} or in the future")
    return moment.astimezone(UTC)


Asked = Annotated[Period, Depends(Period)]
