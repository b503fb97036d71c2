"""Looks of items, from which similar ones are found. Who looked at what together belongs to `insights`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence

from herofactory.assets.open import open_store
from herofactory.assets.pictures import image_reader
from herofactory.insights.generations import LOOKS
from herofactory.insights.similar import looks
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Record
from herofactory.platform.replay.target import Entry
from streams.agents.similarity import similarity
from streams.replay.ground import Ground
from streams.replay.targets.in_tables import InTables
from streams.topics import ITEM_MIRRORED


def make(ground: Ground) -> SimilarItems:
    return SimilarItems(ground)


class SimilarItems(InTables):
    kept = LOOKS
    sources: tuple[str, ...] = (ITEM_MIRRORED,)

    def agents(self, database: Database, generation: int) -> Sequence[Agent]:
        images = image_reader(self.ground.database, open_store(self.ground.settings))
        return (similarity(database, images, generation),)

    def entries(self, generation: int, place: str) -> AsyncIterator[Entry]:  # noqa: ARG002
        return looks.entries(self.ground.database, generation)

    def scopes(self, record: Record) -> Collection[str]:
        return (record.key.decode(errors="replace"),) if record.key else ()
