"""All figures of a generation made at once, whenever they are due: for who fills it, or compares it with another."""

from __future__ import annotations

from collections.abc import Mapping

from herofactory.insights.keeping.keeper import Keeper
from herofactory.insights.keeping.place import Place, place_of
from herofactory.platform.postgres.database import Database

_PLACES = """SELECT generation, kind, hour, shard, version FROM observation_work WHERE generation = %s
    ORDER BY hour, shard, kind"""
_DAYS = "SELECT day FROM day_work WHERE generation = %s ORDER BY day"


class Settling:
    def __init__(self, database: Database, keeper: Keeper) -> None:
        self._database = database
        self._keeper = keeper
        self._pending: dict[int, Mapping[Place, int]] = {}

    async def settled(self, generation: int) -> bool:
        """True once the figures hold all that was stored when the first of these calls was made; the next one after
        that begins anew.

        Until then call it again in a while: another keeper is at it, or a search is too young to be judged. A place
        that something new came to meanwhile is not waited for: whoever compares leaves it out, or asks once more.
        """
        now = await self._places(generation)
        begun = self._pending.pop(generation, None)
        pending = now if begun is None else _same(begun, now)
        for place in pending:
            await self._keeper.fold(place, at_once=True)
        if left := _same(pending, await self._places(generation)):
            self._pending[generation] = left
            return False
        return await self._merged(generation)

    async def _merged(self, generation: int) -> bool:
        rows = await self._database.fetch(_DAYS, generation)
        made = [await self._keeper.merge(generation, row["day"], at_once=True) for row in rows]
        return "busy" not in made

    async def _places(self, generation: int) -> Mapping[Place, int]:
        """Those with something to do, with their versions."""
        return {place_of(row): row["version"] for row in await self._database.fetch(_PLACES, generation)}


def _same(pending: Mapping[Place, int], now: Mapping[Place, int]) -> Mapping[Place, int]:
    """Those that nobody has done, and nothing has come to."""
    return {place: version for place, version in pending.items() if now.get(place) == version}
