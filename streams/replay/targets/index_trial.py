from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing

from herofactory.platform.adapters import dsn_of
from herofactory.platform.settings import Settings
from herofactory.search.keeper import IndexKeeper
from herofactory.search.open import index_places
from herofactory.search.write import Write, WriteOutcome

PLACE = "trial"


class Trial:
    """An index that nobody reads: made with the first write, deleted in the end; what a killed one left, the next."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keeper: IndexKeeper | None = None
        self._opening = asyncio.Lock()

    async def apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        async with self._opening:
            if self._keeper is None:
                self._keeper = await self._opened()
        return await self._keeper.apply(writes)

    async def close(self) -> None:
        if self._keeper is not None:
            await self._keeper.close()
            await asyncio.to_thread(self._drop)

    async def _opened(self) -> IndexKeeper:
        await asyncio.to_thread(self._create)
        keeper = IndexKeeper(self._settings, dsn_of(self._settings), PLACE)
        try:
            await keeper.open()
        except BaseException:
            await keeper.close()
            raise
        return keeper

    def _create(self) -> None:
        with closing(index_places(self._settings)) as places:
            places.drop(PLACE)
            places.create(PLACE)

    def _drop(self) -> None:
        with closing(index_places(self._settings)) as places:
            places.drop(PLACE)
