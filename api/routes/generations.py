"""Generations: asked for, watched, cancelled, stored as items."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response
from fastapi.responses import JSONResponse
from starlette.requests import Request

from api.auth import Somebody, somebody
from api.event_stream import EventStream
from api.idempotent import OnceOnly
from api.models.generation import GenerationIn, GenerationOut, GenerationsOut, ListingIn, TicketOut
from api.models.item import ItemOut
from api.paging import Paged
from api.problem import Code, Problem
from api.routes import API, api_router, may_answer
from api.services import Services, Wired
from herofactory.platform.idempotency import Answer
from herofactory.platform.postgres.database import Connection
from herofactory.studio.jobs import repository
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.service import own
from herofactory.studio.jobs.stream import Following, Moment
from herofactory.studio.jobs.ticket import TTL_S, InvalidTicket
from herofactory.studio.jobs.wish import fulfil
from herofactory.studio.listing import list_result

router = api_router("generations")
_CHANGES: tuple[Code, ...] = (
    "INVALID_JSON",
    "TOKEN_REQUIRED",
    "IDEMPOTENCY_KEY_REUSED",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
)
Ticket = Annotated[str | None, Query(max_length=64, description="From POST .../ticket, instead of a token")]
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", description="`id` of the last event that was read")]


@router.post(
    "/generations",
    status_code=202,
    response_model=GenerationOut,
    responses=may_answer(*_CHANGES, "PROMPT_REJECTED", "QUOTA_EXCEEDED"),
)
async def create(body: GenerationIn, caller: Somebody, once: OnceOnly, services: Wired) -> JSONResponse:
    """Have pictures made. The answer is the job: watch its events, or read it again, until it has ended."""

    async def effect(transaction: Connection) -> Answer:
        wish = body.wish()
        request = await fulfil(transaction, caller.subject, wish, services.presets, services.words)
        job = await services.generations.create(transaction, caller.subject, request, wish.prompt_id)
        return Answer(202, (await _shown(transaction, [job]))[0].model_dump(mode="json"))

    response = await once.run(body.model_dump(mode="json", exclude_unset=True), effect)
    response.headers["location"] = f"{API}/generations/{json.loads(bytes(response.body))['id']}"
    return response


@router.get("/generations", response_model=GenerationsOut, responses=may_answer("TOKEN_REQUIRED", "INVALID_CURSOR"))
async def own_generations(caller: Somebody, paging: Paged, services: Wired) -> GenerationsOut:
    """Your own, newest first."""
    query = {"list": "generations", "of": caller.subject}
    before = paging.position(**query)
    async with services.database.connection() as connection:
        jobs = await repository.of_owner(connection, caller.subject, before=before, limit=paging.limit + 1)
        shown = await _shown(connection, jobs[: paging.limit])
    more = len(jobs) > paging.limit
    following = services.cursors.seal(str(shown[-1].id), query) if more else None
    return GenerationsOut(items=shown, next_cursor=following)


@router.get("/generations/{job_id}", response_model=GenerationOut, responses=may_answer("TOKEN_REQUIRED", "NOT_FOUND"))
async def read(job_id: UUID, caller: Somebody, services: Wired) -> GenerationOut:
    """How it stands: this is the truth, the events only tell it sooner."""
    async with services.database.connection() as connection:
        return (await _shown(connection, [await own(connection, caller.subject, job_id)]))[0]


@router.delete(
    "/generations/{job_id}",
    response_model=GenerationOut,
    responses={**may_answer("TOKEN_REQUIRED", "NOT_FOUND"), 202: {"model": GenerationOut, "description": "It runs"}},
)
async def cancel(job_id: UUID, caller: Somebody, services: Wired) -> JSONResponse:
    """Cancel it. 200: it has ended, maybe otherwise and before; 202: it is running and will be stopped at once."""
    async with services.database.transaction() as transaction:
        job = await services.generations.cancel(transaction, caller.subject, job_id)
        shown = (await _shown(transaction, [job]))[0]
    return JSONResponse(shown.model_dump(mode="json"), 200 if job.ended else 202)


@router.post(
    "/generations/{job_id}/ticket", response_model=TicketOut, responses=may_answer("TOKEN_REQUIRED", "NOT_FOUND")
)
async def ticket(job_id: UUID, caller: Somebody, services: Wired) -> TicketOut:
    """Let a browser's EventSource, which sends no token, watch this one job."""
    async with services.database.connection() as connection:
        await own(connection, caller.subject, job_id)
    issued = services.tickets.issue(job_id)
    return TicketOut(ticket=issued, url=f"{API}/generations/{job_id}/events?ticket={issued}", expires_in=TTL_S)


@router.get(
    "/generations/{job_id}/events",
    response_class=Response,
    responses={
        **may_answer("TOKEN_REQUIRED", "NOT_FOUND"),
        200: {"description": "`state` and `progress`", "content": {"text/event-stream": {}}},
    },
)
async def events(
    job_id: UUID,
    request: Request,
    services: Wired,
    ticket: Ticket = None,
    last_event_id: LastEventId = None,
) -> Response:
    """What becomes of it, as Server-Sent Events until it has ended.

    `state` has the whole job, as GET gives it; `progress` has stage, percent and maybe a small preview (base64 JPEG).
    With Last-Event-ID only what is new comes; 204, which keeps EventSource from asking again, after the end.
    """
    await _admit(services, job_id, request, ticket)
    seen = Moment.parse(last_event_id)
    if seen and await _knows_the_end(services, job_id, seen):
        return Response(status_code=204)
    following = Following(services.database, services.progress, job_id, seen)

    async def shown(job: Job) -> str:
        async with services.database.connection() as connection:
            return (await _shown(connection, [job]))[0].model_dump_json()

    return EventStream(following, shown)


@router.post(
    "/generations/{job_id}/listing",
    status_code=201,
    response_model=ItemOut,
    responses={
        **may_answer(*_CHANGES, "NOT_FOUND", "NO_RESULT"),
        200: {"model": ItemOut, "description": "It was listed before"},
    },
)
async def listing(job_id: UUID, body: ListingIn, caller: Somebody, once: OnceOnly, services: Wired) -> JSONResponse:
    """Make an item of a result. It is `pending` until moderation has judged it, as every item is."""

    async def effect(transaction: Connection) -> Answer:
        content = body.content()
        item, is_new = await list_result(transaction, services.catalog, caller.subject, job_id, content, body.asset_id)
        return Answer(201 if is_new else 200, ItemOut.of(item).model_dump(mode="json"))

    response = await once.run(body.model_dump(mode="json", exclude_unset=True), effect)
    response.headers["location"] = f"{API}/items/{json.loads(bytes(response.body))['id']}"
    return response


async def _admit(services: Services, job_id: UUID, request: Request, ticket: str | None) -> None:
    """With a ticket for this job, or its owner's token. Raises Problem, JobNotFound."""
    if ticket is not None:
        try:
            services.tickets.check(job_id, ticket)
        except InvalidTicket as error:
            raise Problem("INVALID_TOKEN", str(error)) from error
        return
    caller = somebody(request)
    async with services.database.connection() as connection:
        await own(connection, caller.subject, job_id)


async def _knows_the_end(services: Services, job_id: UUID, seen: Moment) -> bool:
    async with services.database.connection() as connection:
        job = await repository.get(connection, job_id)
    return job is not None and job.ended and Moment.of(job) <= seen


async def _shown(connection: Connection, jobs: list[Job]) -> list[GenerationOut]:
    ids = [job.id for job in jobs]
    positions, assets = await repository.positions(connection, ids), await repository.assets_of(connection, ids)
    return [GenerationOut.of(job, positions.get(job.id), assets.get(job.id)) for job in jobs]
