"""The pipeline's figures, for the page and for people."""

from __future__ import annotations

from pydantic import BaseModel, Field

from api import platform_state as state
from api.routes import api_router
from api.services import Wired

router = api_router("operation")


class OutboxOut(BaseModel):
    rows: int
    oldest_s: float


class AgentOut(BaseModel):
    lag: int | None = Field(description="Records not yet dealt with; null while the event log does not answer")
    dead_letters: int | None
    state: str


class ImportOut(BaseModel):
    done: int
    total: int


class Pipeline(BaseModel):
    items: dict[str, int] = Field(description="Items by status")
    searchable: int | None = Field(description="Documents that can be found; null while there is no index")
    outbox: OutboxOut
    agents: dict[str, AgentOut]
    import_: ImportOut | None = Field(
        serialization_alias="import", description="The sample catalogue, while it is being loaded"
    )


@router.get("/pipeline", response_model=Pipeline)
async def pipeline(services: Wired) -> Pipeline:
    """How many items are where on their way into the search."""
    backlog = await state.outbox(services)
    agents = await state.agents(services, await state.parts(services))
    found = await state.searchable_or_none(services)
    loading = await state.loading(services, found or 0)
    return Pipeline(
        items=await state.items_by_status(services),
        searchable=found,
        outbox=OutboxOut(rows=backlog.rows, oldest_s=backlog.oldest_s),
        agents={
            name: AgentOut(lag=each.lag, dead_letters=each.dead_letters, state=each.state)
            for name, each in agents.items()
        },
        import_=ImportOut(done=loading.done, total=loading.total) if loading else None,
    )
