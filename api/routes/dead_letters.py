"""Events that agents set aside, for administrators: looked at, given back, given up."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Query
from pydantic import AwareDatetime

from api.auth import Admin
from api.models.dead_letter import (
    Chosen,
    Class,
    DeadLetterOut,
    DeadLetters,
    DeadLetterWhole,
    DropIn,
    DroppedOut,
    RedriveIn,
    RedroveOut,
    StateOrAll,
)
from api.paging import LIMIT_DEFAULT, CursorText, Limit
from api.problem import Problem, invalid
from api.routes import api_router, may_answer
from api.services import Services, Wired
from herofactory.platform.delivery.letters import (
    Letter,
    LetterFilter,
    Redriver,
    catch_up,
    dropped,
    get,
    numbers,
    page,
)
from herofactory.platform.delivery.letters.held import read_held

router = api_router("operation")


def _wanted(
    agent: str | None = None,
    class_: Annotated[Class | None, Query(alias="class")] = None,
    cause: str | None = None,
    key: str | None = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    state: StateOrAll = "open",
) -> LetterFilter:
    only = None if state == "all" else state
    return LetterFilter(agent=agent, kind=class_, cause=cause, key=key, since=since, until=until, state=only)


@router.get(
    "/dead-letters",
    response_model=DeadLetters,
    responses=may_answer("TOKEN_REQUIRED", "FORBIDDEN", "INVALID_CURSOR"),
)
async def listed(
    _caller: Admin,
    services: Wired,
    wanted: Annotated[LetterFilter, Depends(_wanted)],
    limit: Limit = LIMIT_DEFAULT,
    cursor: CursorText = None,
) -> DeadLetters:
    """Open ones unless `state` says otherwise; in the order they were set aside."""
    query = {"list": "dead-letters", **_as_query(wanted)}
    after = services.cursors.open(cursor, query) if cursor else 0
    await catch_up(services.log, services.database)
    async with services.database.connection() as connection:
        letters = await page(connection, wanted, after=after, limit=limit + 1)
    shown = letters[:limit]
    following = services.cursors.seal(shown[-1].id, query) if len(letters) > limit else None
    return DeadLetters(items=[DeadLetterOut.of(letter) for letter in shown], next_cursor=following)


@router.get(
    "/dead-letters/{letter_id}",
    response_model=DeadLetterWhole,
    responses=may_answer("TOKEN_REQUIRED", "FORBIDDEN", "NOT_FOUND"),
)
async def one(letter_id: str, _caller: Admin, services: Wired) -> DeadLetterWhole:
    """With the headers and the bytes of the event."""
    await catch_up(services.log, services.database)
    try:
        async with services.database.connection() as connection:
            letter = await get(connection, letter_id)
    except (LookupError, ValueError) as error:
        raise Problem("NOT_FOUND", str(error.args[0])) from error
    return await to_thread.run_sync(_whole, services, letter)


@router.post(
    "/dead-letters/redrive",
    response_model=RedroveOut,
    responses=may_answer("INVALID_JSON", "TOKEN_REQUIRED", "FORBIDDEN", "UNSUPPORTED_MEDIA_TYPE"),
)
async def redrive(body: RedriveIn, caller: Admin, services: Wired) -> RedroveOut:
    """Give them back to the agent that failed, and to nobody else. Repeating it sends only what is open again.

    Of an agent that keeps order, all that waits of their keys goes with them.
    """
    wanted = _chosen(body)
    redriver = Redriver(services.log, services.database, by=caller.subject, force=body.force)
    done = await redriver.redrive(wanted, most=body.limit)
    async with services.database.connection() as connection:
        still = await numbers(connection, replace(wanted, state="open"))
    return RedroveOut.of(done, still.get("open", 0))


@router.post(
    "/dead-letters/drop",
    response_model=DroppedOut,
    responses=may_answer("INVALID_JSON", "TOKEN_REQUIRED", "FORBIDDEN", "UNSUPPORTED_MEDIA_TYPE"),
)
async def drop(body: DropIn, caller: Admin, services: Wired) -> DroppedOut:
    """Give up the open ones; who did it, when and why is kept with them."""
    wanted = _chosen(body)
    await catch_up(services.log, services.database)
    return DroppedOut(dropped=await dropped(services.database, wanted, reason=body.reason, by=caller.subject))


def _chosen(body: Chosen) -> LetterFilter:
    try:
        wanted = body.wanted()
    except ValueError as error:
        raise invalid("ids", str(error)) from error
    if wanted.is_everything and not body.all:
        raise invalid("all", "say which letters, or `all: true`")
    return wanted


def _whole(services: Services, letter: Letter) -> DeadLetterWhole:
    dead = next((dead for _, dead in read_held(services.log, [letter])), None)
    more: dict[str, Any] = {"headers": None, "value": None}
    if dead:
        more["headers"] = {name: text.decode(errors="replace") for name, text in dead.headers.items()}
        more["value"] = None if dead.value is None else base64.b64encode(dead.value).decode()
    return DeadLetterWhole.model_validate({**DeadLetterOut.of(letter).model_dump(), **more})


def _as_query(wanted: LetterFilter) -> dict[str, Any]:
    """What a cursor is good for."""
    condition, parameters = wanted.where()
    return {"where": condition, "parameters": [str(each) for each in parameters]}
