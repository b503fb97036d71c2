"""Figures of five minutes, as the fold of an hour makes them and the tables of migration 0003 hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from herofactory.insights.people import People

BUCKET_S = 300
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class TermBucket:
    simulated: bool
    bucket: int
    """Start, seconds since the epoch, a multiple of BUCKET_S."""
    term: str
    """Folded: equal for spellings, spacings and particles of one thing."""
    forms: Mapping[str, int]
    """How it was typed (normalised) to searches."""
    searches: int
    empty: int
    clicked: int
    clicks: int
    people: People
    empty_people: People


@dataclass(frozen=True, slots=True)
class ItemBucket:
    simulated: bool
    bucket: int
    item_id: UUID
    views: int
    clicks: int
    people: People


@dataclass(frozen=True, slots=True)
class QualityBucket:
    simulated: bool
    bucket: int
    searches: int
    empty: int
    clicked: int
    clicks: int
    position_sum: int
    first_clicks: int
    first_click_ms_sum: float
    reformulated: int
    noise: int
    reloads: int
    robots: int
    people: People


@dataclass(frozen=True, slots=True)
class PairBucket:
    """Over the whole hour."""

    simulated: bool
    a: UUID
    b: UUID
    """a < b."""
    people: int


@dataclass(frozen=True, slots=True)
class Fold:
    """All figures of one hour of one shard."""

    terms: tuple[TermBucket, ...] = ()
    items: tuple[ItemBucket, ...] = ()
    quality: tuple[QualityBucket, ...] = ()
    pairs: tuple[PairBucket, ...] = ()
