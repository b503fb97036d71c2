"""What a simulation put into its traffic, for whoever checks what was found in it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Burst:
    term: str
    start: float
    """Seconds since the epoch."""
    hours: float
    people: int
    """Who search for it in its first hour, over those who do anyway; after that, half as many each hour."""

    @property
    def end(self) -> float:
        return self.start + self.hours * 3600

    def rate(self, at: float) -> float:
        """People a second at the moment `at`."""
        if not self.start <= at < self.end:
            return 0.0
        return self.people / 3600 / 2.0 ** int((at - self.start) // 3600)


@dataclass(slots=True)
class Vain:
    """A term that was searched for in vain, counted while the events are drawn. Slips do not count."""

    term: str
    variants: frozenset[str]
    searches: int = 0
    """Without reloads."""
    people: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Truth:
    bursts: tuple[Burst, ...]
    missing: dict[str, Vain]
    """Terms that find nothing. Complete when the last event was drawn."""
    ignored: frozenset[str]
    """Terms whose results nobody clicks."""
    robots: frozenset[str]
    """Persons that are none."""
