"""Which pictures of a job go out as game assets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from herofactory.assets import repository as assets
from herofactory.catalog.text import InvalidField
from herofactory.platform.postgres.database import Connection
from herofactory.studio.jobs import repository
from herofactory.studio.jobs.job import Job, JobAsset
from herofactory.studio.jobs.service import own
from herofactory.studio.listing import NoResult

USABLE = ("pixel", "sprite", "image")
"""Kinds of assets, the one to take where none is named first."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One picture of a result; `name` is fit for a file and differs from those of the others."""

    asset_id: UUID
    sha256: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Result:
    job: Job
    pieces: Sequence[Piece]
    """All of one kind: one per variation, in order. At least one."""


async def result_of(
    connection: Connection, owner_id: str, job_id: UUID, *, kind: str | None = None, asset_id: UUID | None = None
) -> Result:
    """The pictures of `kind`, or the one `asset_id`, or the best there are.

    Raises JobNotFound, also for somebody else's; NoResult while there is none, or none of `kind`; InvalidField.
    """
    job = await own(connection, owner_id, job_id)
    if job.state != "succeeded":
        raise NoResult(f"the generation is {job.state}: only a result can be exported")
    made = (await repository.assets_of(connection, [job_id])).get(job_id, [])
    pieces = [await _piece(connection, number, each) for number, each in enumerate(_chosen(made, kind, asset_id), 1)]
    if not pieces:
        raise NoResult(f"the generation has no picture{f' of the kind {kind}' if kind else ''}")
    return Result(job, pieces)


def _chosen(made: Sequence[JobAsset], kind: str | None, asset_id: UUID | None) -> Sequence[JobAsset]:
    if asset_id is not None:
        found = [each for each in made if each.id == asset_id]
        if not found:
            raise InvalidField("asset_id", f"the result has no asset {asset_id}")
        return found
    there = {each.kind for each in made}
    wanted = kind or next((each for each in USABLE if each in there), None)
    return [each for each in made if each.kind == wanted]


async def _piece(connection: Connection, number: int, made: JobAsset) -> Piece:
    asset = await assets.get(connection, made.id)
    assert asset is not None  # a foreign key holds it
    return Piece(made.id, asset.sha256, made.kind, f"{made.kind}-{number}")
