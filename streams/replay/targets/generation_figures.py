"""What became of each job of the studio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence

from herofactory.insights.generations import JOBS
from herofactory.insights.jobs import facts
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.replay.target import Entry
from streams.agents.generation_figures import SOURCES, generation_figures
from streams.replay.ground import Ground
from streams.replay.targets.in_tables import InTables


def make(ground: Ground) -> GenerationFigures:
    return GenerationFigures(ground)


class GenerationFigures(InTables):
    kept = JOBS
    sources: tuple[str, ...] = SOURCES

    def agents(self, database: Database, generation: int) -> Sequence[Agent]:
        return (generation_figures(database, generation),)

    def entries(self, generation: int, place: str) -> AsyncIterator[Entry]:  # noqa: ARG002
        return facts.entries(self.ground.database, generation, self.ground.clock.now())

    def scopes(self, record: Record) -> Collection[str]:
        return (record.key.decode(errors="replace"),) if record.key else ()
