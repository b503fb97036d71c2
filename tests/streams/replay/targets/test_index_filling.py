from __future__ import annotations

from collections.abc import Sequence

import pytest

from herofactory.platform.delivery.errors import Outage
from herofactory.search.errors import IndexUnavailable, SearchError
from herofactory.search.write import Outcome, Write, WriteOutcome
from streams.replay.targets.index_filling import TRIES, put
from streams.testing_clock import FakeClock
from tests.contract.search_index import item

pytestmark = pytest.mark.anyio


class Instant(FakeClock):
    """Sleeps as long as it is told, at once."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds


class Index:
    """Answers as it is told to, then takes everything."""

    def __init__(self, *answers: Outcome | Outage) -> None:
        self._answers = list(answers)
        self.asked: list[list[str]] = []

    async def apply(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        self.asked.append([write.id for write in writes])
        answer = self._answers.pop(0) if self._answers else Outcome.OK
        if isinstance(answer, Outage):
            raise answer
        # Only the first of them has trouble.
        return [WriteOutcome(w.id, w.revision, Outcome.OK if n else answer, "why") for n, w in enumerate(writes)]


async def test_what_passes_is_waited_out_and_only_that_is_written_again() -> None:
    index, clock = Index(Outage("not open"), Outcome.TRANSIENT), Instant()
    await put(index.apply, [item("a"), item("b")], clock)
    assert index.asked == [["a", "b"], ["a", "b"], ["a"]]
    assert clock.slept == 3.0


async def test_a_later_revision_and_what_can_never_be_indexed_hold_up_nothing() -> None:
    for outcome in (Outcome.STALE, Outcome.RECORD):
        index = Index(outcome)
        await put(index.apply, [item("a"), item("b")], Instant())
        assert index.asked == [["a", "b"]]


async def test_what_does_not_pass_and_what_is_refused_ends_it() -> None:
    index = Index(*[Outcome.TRANSIENT] * TRIES)
    with pytest.raises(IndexUnavailable, match="1 documents are not taken: why"):
        await put(index.apply, [item("a")], Instant())
    with pytest.raises(SearchError, match="item a is refused: why"):
        await put(Index(Outcome.FATAL).apply, [item("a")], Instant())
