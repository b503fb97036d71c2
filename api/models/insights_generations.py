"""What became of generations, as it goes out. Null where there is nothing that a figure could be of."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field

from api.models.insights import Figures
from api.models.item import Moment
from herofactory.insights.figures.scope import PUBLIC_PEOPLE
from herofactory.insights.figures.step import Step
from herofactory.insights.jobs.figures import JobFigures, Jobs


class JobFiguresOut(BaseModel):
    """All null where fewer than 5 people asked, unless raw=true was asked for and there was something."""

    people: int | None = Field(default=None, description="Distinct people who asked for one")
    requested: int | None = None
    completed: int | None = Field(default=None, description="Counted when it ended; so are the next two")
    failed: int | None = None
    cancelled: int | None = None
    images: int | None = Field(default=None, description="Of the completed ones")
    p50_s: float | None = Field(default=None, description="Seconds from request to result")
    p95_s: float | None = None

    @classmethod
    def of(cls, found: JobFigures, *, raw: bool) -> Self:
        shown = found != JobFigures() if raw else found.people >= PUBLIC_PEOPLE
        return cls(**{name: getattr(found, name) for name in JobFiguresOut.model_fields}) if shown else cls()


class JobPoint(JobFiguresOut):
    start: Moment


class PresetOut(JobFiguresOut):
    preset: str


class CauseOut(BaseModel):
    cause: str
    failed: int


class GenerationsOut(Figures, JobFiguresOut):
    step: Step
    points: list[JobPoint]
    presets: list[PresetOut] = Field(description="Most requested first")
    causes: list[CauseOut] = Field(description="Why generations failed, the commonest first")

    @classmethod
    def parts_of(cls, found: Jobs, *, raw: bool) -> dict[str, object]:
        least = 1 if raw else PUBLIC_PEOPLE

        def figures(each: JobFigures) -> dict[str, object]:
            return JobFiguresOut.of(each, raw=raw).model_dump()

        return {
            **figures(found.total),
            "step": found.step,
            "points": [{"start": start, **figures(each)} for start, each in found.points],
            "presets": [
                {"preset": preset, **figures(each)} for preset, each in found.presets if raw or each.people >= least
            ],
            "causes": [
                {"cause": cause, "failed": each.failed} for cause, each in found.causes.items() if each.people >= least
            ],
        }
