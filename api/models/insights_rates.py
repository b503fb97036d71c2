"""Rates over time: how well the search answers, and how the API does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, Field

from api.models.insights import Figures
from api.models.item import Moment
from herofactory.insights.figures.quality import Point, SearchQuality
from herofactory.insights.figures.scope import PUBLIC_PEOPLE
from herofactory.insights.figures.step import Step
from herofactory.insights.traffic.figures import Figures as RouteFigures
from herofactory.insights.traffic.figures import Route, Traffic
from herofactory.insights.traffic.figures import Step as TrafficStep


class QualityOut(BaseModel):
    """All null where fewer than 5 people searched, unless raw=true was asked for and there was a search."""

    people: int | None = None
    searches: int | None = Field(default=None, description="That count: settled, by people, reloads once")
    clicks: int | None = None
    no_result_rate: float | None = Field(default=None, description="Of searches, 0 to 1; so are the other rates")
    click_through_rate: float | None = None
    reformulation_rate: float | None = None
    mean_position: float | None = Field(default=None, description="Of what was clicked; 1 is the first result")
    mean_first_click_ms: float | None = None
    noise: int | None = Field(default=None, description="Left out: typed on from. It and the next two: with raw=true")
    reloads: int | None = None
    robots: int | None = None

    @classmethod
    def of(cls, found: SearchQuality, *, raw: bool) -> Self:
        if found.people < (1 if raw else PUBLIC_PEOPLE):
            return cls()
        hidden = () if raw else ("noise", "reloads", "robots")
        return cls(**{name: getattr(found, name) for name in QualityOut.model_fields if name not in hidden})


class QualityPoint(QualityOut):
    start: Moment | None = None

    @classmethod
    def at(cls, point: Point, *, raw: bool) -> Self:
        made = cls.of(point.quality, raw=raw)
        made.start = point.start
        return made


class Quality(Figures, QualityOut):
    step: Step
    points: list[QualityPoint]


class TrafficFigures(BaseModel):
    requests: int
    rate: float | None = Field(description="Requests a second")
    errors: int = Field(description="Answered with 5xx")
    error_rate: float | None
    refused: int = Field(description="Answered with 4xx")
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None

    @classmethod
    def of(cls, found: RouteFigures) -> Self:
        return cls(**{name: getattr(found, name) for name in TrafficFigures.model_fields})


class RouteOut(TrafficFigures):
    method: str
    route: str = Field(description="The template, or `unmatched`")
    series: Sequence[int] = Field(description="Requests per point")
    error_series: Sequence[int]

    @classmethod
    def route_of(cls, found: Route) -> Self:
        figures = TrafficFigures.of(found.figures).model_dump()
        return cls(**figures, method=found.method, route=found.route, series=found.requests, error_series=found.errors)


class TrafficOut(Figures):
    step: TrafficStep
    points: Sequence[Moment] = Field(description="Starts of the steps")
    total: TrafficFigures
    series: Sequence[int] = Field(description="Requests per point")
    error_series: Sequence[int]
    p95_series: Sequence[float | None]
    items: list[RouteOut] = Field(description="By route, most requests first")

    @classmethod
    def parts_of(cls, found: Traffic) -> dict[str, object]:
        return {
            "step": found.step,
            "points": found.points,
            "total": TrafficFigures.of(found.total),
            "series": found.requests,
            "error_series": found.errors,
            "p95_series": found.p95_ms,
            "items": [RouteOut.route_of(route) for route in found.routes],
        }
