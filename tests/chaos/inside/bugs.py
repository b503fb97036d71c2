"""Six bugs that break a promise each. They live here alone: the product has no switch for any of them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from types import ModuleType
from typing import Any

SLOW_S = 1.5
"""Between the ack and the effect of a chunk: time enough to be killed in."""


def _ack_first(module: ModuleType) -> None:
    """The chunk is told to be done before its effects are stored."""
    real = module.ChunkProcessor.process
    late: set[asyncio.Task[None]] = set()

    async def process(self: Any, records: Any) -> None:
        async def afterwards() -> None:
            await asyncio.sleep(SLOW_S)
            await real(self, records)

        task = asyncio.ensure_future(afterwards())
        late.add(task)
        task.add_done_callback(late.discard)

    module.ChunkProcessor.process = process


def _start_at_the_end(module: ModuleType) -> None:
    """Who takes partitions over reads what comes from now on, instead of what is not done yet."""

    def committed(self: Any, tp: Any) -> int:
        end: int = self._log.offsets(tp.topic)[tp.partition].end
        return end

    module.Positions.committed = committed


def _older_wins(module: ModuleType) -> None:
    """What the index has of an item stays, whatever newer revision comes."""
    real = module.IndexWriter._put

    def put(self: Any, chosen: Mapping[str, Any]) -> Any:
        searcher = self._opened.searcher()
        known = {id for id in chosen if (found := self._opened.stored(searcher, id)) and not found.gone}
        newer = {id for id in known if isinstance(chosen[id], module.Upsert)}
        for id in newer:
            yield id, module._said(chosen[id], module.Outcome.STALE, "planted")
        yield from real(self, {id: write for id, write in chosen.items() if id not in newer})

    module.IndexWriter._put = put


def _forgets_what_is_gone(module: ModuleType) -> None:
    """No stub is kept of what was removed, so the write before it, delivered once more, brings it back."""
    real = module.IndexWriter.apply
    earlier: dict[str, Any] = {}

    def apply(self: Any, writes: Any) -> Any:
        outcomes = real(self, writes)
        again = [earlier[each.id] for each in writes if not isinstance(each, module.Upsert) and each.id in earlier]
        earlier.update((each.id, each) for each in writes if isinstance(each, module.Upsert))
        if again:
            with self._turn:
                for each in again:
                    self._writer.delete_documents_by_term("id", each.id)
                self._writer.commit()
                self._opened.reload()
            real(self, again)
        return outcomes

    module.IndexWriter.apply = apply


def _each_call_is_new(module: ModuleType) -> None:
    """The same Idempotency-Key pays again."""
    real = module.IdempotencyKey.claim

    async def claim(self: Any, transaction: Any) -> Any:
        return await real(module.IdempotencyKey(self.subject, str(uuid.uuid4()), self.fingerprint), transaction)

    module.IdempotencyKey.claim = claim


def _hits_are_people(module: Any) -> None:
    """Each hit is somebody else."""

    def people(within: Any) -> frozenset[int]:
        return frozenset(uuid.UUID(each.search.event_id).int % 2**64 for each in within)

    module._people = people


def _every_reload_counts(module: Any) -> None:
    module.RELOAD_S = 0.0


BUGS: Mapping[str, Mapping[str, Any]] = {
    "ack before effect": {"herofactory.platform.delivery.processor": _ack_first},
    "lost rebalance": {"streams.embedded.positions": _start_at_the_end},
    "stale overwrite": {"herofactory.search.embedded.writer": _older_wins},
    "resurrected delete": {"herofactory.search.embedded.writer": _forgets_what_is_gone},
    "double pay": {"herofactory.platform.idempotency": _each_call_is_new},
    "count by hit": {
        "herofactory.insights.folding.searches": _hits_are_people,
        "herofactory.insights.folding.counted": _every_reload_counts,
    },
}
