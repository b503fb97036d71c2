"""What to simulate. Equal plans over equal items give equal events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MISSING = (
    "마그마 골렘", "사이버 닌자", "해골 마차", "수정 드래곤", "은하 고래", "증기 기관총", "버섯 주택", "달빛 부엉이",
    "우주 낚싯대", "벚꽃 사무라이", "얼음 크라켄", "도깨비 방망이", "기계 거북이", "황금 풍뎅이", "유령 열차",
    "번개 하프", "사막 상어", "네온 스쿠터", "구름 성채", "비취 호랑이",
)  # fmt: skip
"""Things that no store of game assets is likely to have."""


class BadPlan(ValueError):
    """A plan that cannot be simulated."""


@dataclass(frozen=True, slots=True)
class Plan:
    start: datetime
    """With a zone; the first minute."""
    days: float = 14
    seed: int = 1
    visits: int = 4_000
    """A day, on average over a week; a visit makes three to four events."""
    people: int = 12_000
    """Who visits; a few come often."""
    bursts: int = 10
    """Terms that suddenly everybody looks for, each for some hours."""
    late_bursts: int = 0
    """Of these, so many begin within the last hour: for who looks at what is trending when the simulation ends."""
    settling_days: float = 3.0
    """No burst begins before: a trend needs a past."""
    missing: tuple[str, ...] = MISSING
    """What is searched for and never found."""
    missing_share: float = 0.04
    """Of searches."""
    ignored: int = 5
    """Terms whose results nobody clicks."""
    robots: int = 3
    season: bool = True
    """Nights and weekends; without, every minute is like the other."""
    growth: float = 0.0
    """Share by which all traffic grows from one day to the next: 1.0 doubles it."""

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise BadPlan(f"start is {self.start.isoformat()}, which has no zone; add one, for example +00:00")
        if not 0 < self.days <= 90:
            raise BadPlan(f"days is {self.days}, not within 0..90")
        if self.visits < 1 or self.people < 1:
            raise BadPlan(f"visits is {self.visits} and people {self.people}; there must be at least one of each")
        if self.bursts and self.settling_days >= self.days:
            raise BadPlan(
                f"settling_days is {self.settling_days}, so none of {self.bursts} bursts fits {self.days} days"
            )
