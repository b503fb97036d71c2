"""Generations as they are asked for and told of."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StrictInt, StrictStr, model_validator

from api.models.item import Description, Moment, Name, Price, Strict, Tags
from herofactory.catalog.categories import Category
from herofactory.catalog.item import Content
from herofactory.studio.jobs.job import Job, JobAsset
from herofactory.studio.jobs.request import SEED_MAX, VARIATIONS_MAX, Background, PixelOptions
from herofactory.studio.jobs.state import Cause, State
from herofactory.studio.jobs.wish import Wish

Strength = Annotated[StrictInt, Field(ge=0, le=100)]


class PixelIn(Strict):
    """The pixel pass. `colours` and `palette` exclude each other."""

    grid: Annotated[StrictInt, Field(ge=16, le=128)] = Field(64, description="Cells along each side")
    colours: Annotated[StrictInt, Field(ge=2, le=64)] | None = Field(None, description="At most so many; 16 by default")
    palette: StrictStr | None = Field(None, max_length=40, description="A named palette instead")
    outline: StrictBool = Field(False, description="A dark line round the shape")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if self.colours is not None and self.palette is not None:
            raise ValueError("send `colours` or `palette`, not both")
        return self

    def options(self) -> PixelOptions:
        return PixelOptions(self.grid, self.colours or 16, self.palette, self.outline)


class GenerationIn(Strict):
    """Only `text` or `prompt_id` is required."""

    text: StrictStr | None = Field(
        None, description="What to make, Korean or English, 1 to 300 characters", examples=["불타는 검"]
    )
    prompt_id: UUID | None = Field(None, description="Of your own prompt that is done, instead of `text`")
    sketch_id: UUID | None = Field(None, description="Your own upload; without one the words alone decide")
    preset: StrictStr | None = Field(None, description="Default: the prompt's, else pixel-icon")
    seed: Annotated[StrictInt, Field(ge=0, le=SEED_MAX - VARIATIONS_MAX)] | None = Field(
        None, description="The same request with the same locked seed gives the same bytes; default: drawn"
    )
    seed_locked: StrictBool | None = Field(
        None, description="false: draw a seed, whatever `seed` says; default: true where a seed is given"
    )
    style_strength: Strength = Field(50, description="50: as the preset has it, 100: twice, 0: none")
    sketch_strength: Strength = Field(60, description="How closely the sketch is followed")
    variations: Annotated[StrictInt, Field(ge=1, le=VARIATIONS_MAX)] = Field(
        1, description="Seeds count up from `seed`"
    )
    size: Annotated[StrictInt, Field(ge=64, le=2048)] = Field(1024, description="Pixels along each side of the picture")
    background: Background | None = Field(None, description="Default: as the preset has it")
    pixel: PixelIn | None = Field(None, description="Default: as the preset has it")

    def wish(self) -> Wish:
        fields = {name: getattr(self, name) for name in type(self).model_fields if name != "pixel"}
        return Wish(**fields, pixel=self.pixel.options() if self.pixel else None)


class GenerationAsset(BaseModel):
    id: UUID
    kind: str = Field(description="image: the whole picture; sprite: cut out; pixel: after the pixel pass")
    name: str
    media_type: str
    width: int
    height: int
    url: str
    credit: str | None = Field(description="To be shown beside it: whose shape it was made with, and the licence")


class GenerationOut(BaseModel):
    id: UUID
    state: State
    cause: Cause | None = Field(description="Stable code of why it ended without a result")
    detail: str | None
    position: int | None = Field(description="While it is queued: 1 is next")
    stage: str | None
    progress: float = Field(description="Percent; never falls")
    cancel_wanted: bool
    attempts: int
    seed: int
    preset: str
    backend: Literal["comfyui", "preview"] | None
    preview: bool = Field(description="Made on a CPU, to be replaced by a real picture")
    text: str
    request: dict[str, Any] = Field(description="As it is rendered, every default filled in")
    prompt_id: UUID | None
    sketch_id: UUID | None
    assets: list[GenerationAsset] = Field(description="The whole picture first; with /assets/{id} you get the bytes")
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    deadline_at: Moment

    @classmethod
    def of(cls, job: Job, position: int | None = None, assets: list[JobAsset] | None = None) -> Self:
        return cls(
            id=job.id,
            state=job.state,
            cause=job.cause if job.ended else None,
            detail=job.detail if job.ended else None,
            position=position,
            stage=job.stage,
            progress=round(job.percent, 1),
            cancel_wanted=job.cancel_wanted,
            attempts=job.attempts,
            seed=job.seed,
            preset=job.request.preset,
            backend=job.backend,
            preview=job.backend == "preview",
            text=job.request.text,
            request=job.request.to_json(),
            prompt_id=job.prompt_id,
            sketch_id=job.sketch_id,
            assets=[_asset(each) for each in assets or ()],
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            deadline_at=job.deadline_at,
        )


class GenerationsOut(BaseModel):
    items: list[GenerationOut]
    next_cursor: str | None


class TicketOut(BaseModel):
    ticket: str
    url: str = Field(description="For EventSource, which sends no headers")
    expires_in: int = Field(description="Seconds in which to connect")


class ListingIn(Strict):
    name: Name
    description: Description = ""
    category: Category
    tags: Tags = Field(default_factory=list)
    price: Price = 0
    asset_id: UUID | None = Field(None, description="One of the result's assets; default: the sprite, else the picture")

    def content(self) -> Content:
        """Without its image, which the result gives."""
        return Content(self.name, self.description, self.category, tuple(self.tags), self.price, None)


def _asset(asset: JobAsset) -> GenerationAsset:
    return GenerationAsset(
        id=asset.id,
        kind=asset.kind,
        name=asset.name,
        media_type=asset.media_type,
        width=asset.width,
        height=asset.height,
        url=f"/api/v1/assets/{asset.id}",
        credit=asset.credit,
    )
