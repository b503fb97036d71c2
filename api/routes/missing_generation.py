"""From what people search for in vain to a picture of it, in one call."""

from __future__ import annotations

import json

from fastapi.responses import JSONResponse

from api.auth import Somebody
from api.idempotent import OnceOnly
from api.insights_view import Include
from api.models.generation import GenerationOut
from api.models.missing_generation import MissingGenerationOut
from api.problem import Problem
from api.routes import API, api_router, may_answer
from api.services import Services, Wired
from herofactory.accounts.principal import Principal
from herofactory.catalog import text
from herofactory.insights.figures.scope import active_scope
from herofactory.insights.missing.listing import MissingTerm, missing_term
from herofactory.insights.missing.rules import LOOKED_AT
from herofactory.insights.missing.states import UnknownTerm
from herofactory.insights.window import Range
from herofactory.platform.idempotency import Answer
from herofactory.platform.postgres.database import Connection
from herofactory.studio.jobs import repository
from herofactory.studio.jobs.request import TEXT_MAX
from herofactory.studio.jobs.wish import Wish, fulfil

router = api_router("insights")
_TERM_MAX = 200


@router.post(
    "/insights/searches/missing/{term:path}/generate",
    status_code=202,
    response_model=MissingGenerationOut,
    responses=may_answer("TOKEN_REQUIRED", "NOT_FOUND", "IDEMPOTENCY_KEY_REUSED", "PROMPT_REJECTED", "QUOTA_EXCEEDED"),
)
async def generate(
    term: str, caller: Somebody, once: OnceOnly, services: Wired, include: Include = None
) -> JSONResponse:
    """Have it made: a prompt of the term's ready-made text, and at once a generation of the term itself.

    `term` or `key` from the list of missing terms of the last 30 days.
    """
    given = " ".join(text.paragraph("term", term, longest=_TERM_MAX).split())
    # Before the transaction, since it takes a connection of its own; told only where the answer is not kept already.
    found = await _found(services, caller, given, simulated=include == "simulated")

    async def effect(transaction: Connection) -> Answer:
        if isinstance(found, UnknownTerm):
            raise Problem("NOT_FOUND", str(found)) from found
        body = await _ask(services, transaction, caller.subject, found)
        return Answer(202, body.model_dump(mode="json"))

    response = await once.run({"include": include}, effect)
    generation_id = json.loads(bytes(response.body))["generation"]["id"]
    response.headers["location"] = f"{API}/generations/{generation_id}"
    return response


async def _found(services: Services, caller: Principal, given: str, *, simulated: bool) -> MissingTerm | UnknownTerm:
    """Nobody learns by asking what a list would not tell: a term of few people is unknown here, too."""
    scope = await active_scope(services.database, simulated=simulated)
    now = services.clock.now()
    during = Range.of(now - LOOKED_AT, now)
    try:
        return await missing_term(services.database, scope, during, given, public=not caller.may_moderate)
    except UnknownTerm as error:
        return error


async def _ask(
    services: Services, transaction: Connection, owner_id: str, missing: MissingTerm
) -> MissingGenerationOut:
    """The presets say how it is to look: of the ready-made text, which says it too, only the term is translated."""
    wish = Wish(text=missing.form[:TEXT_MAX])
    request = await fulfil(transaction, owner_id, wish, services.presets, services.words)
    prompt = await services.prompts.request(transaction, owner_id, missing.prompt, preset=request.preset)
    job = await services.generations.create(transaction, owner_id, request, prompt.id)
    position = (await repository.positions(transaction, [job.id])).get(job.id)
    return MissingGenerationOut(prompt_id=prompt.id, generation=GenerationOut.of(job, position))
