"""What can be made again from topics. `streams/replay/targets` holds those there are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.replayable import Effects as Effects
from herofactory.platform.records import Record


class Entry(NamedTuple):
    """One thing that a generation holds, for the comparison of two."""

    scope: str
    """What `Target.scopes` names: all entries of a scope change together (an item, an hour of a shard)."""
    id: str
    revision: int
    """0 where there is none."""
    digest: bytes
    """Of the content, without what is made anew by every run (times of writing, row ids)."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What filling a generation would ask of others."""

    calls: int = 0
    """Of external services: records without a stored result."""
    stored: int = 0
    """Records that a stored result answers."""
    micro_usd: int = 0
    """At most, for all calls."""


class Target(Protocol):
    """Generations of one thing. Numbers are given by `generations.py`; 1 is what was there before any replay."""

    name: str
    sources: tuple[str, ...]
    """Topics it is made from."""
    effects: Effects

    async def place(self) -> str:
        """Where the generation in use is kept, as `create` names places; "" where the number says it all."""

    async def create(self, generation: int, options: Mapping[str, Any]) -> str:
        """An empty one, beside the one in use; its place. Idempotent. Raises ReplayRefused.

        `options`: `Plan.options`, for example the version of a policy.
        """

    def writing(self, generation: int, place: str) -> AbstractAsyncContextManager[Sequence[Agent]]:
        """Agents that fill and follow this generation and touch no other, each `Agent.generation` = `generation`.

        Held by the runner while it fills, afterwards by the worker. Their outputs go to topics only while the
        generation is in use.
        """

    def trial(self) -> AbstractAsyncContextManager[Sequence[Agent]]:
        """The same agents writing to where nothing stays: `plan` measures them on a sample."""

    async def cost(self, records: AsyncIterator[Record]) -> Cost:
        """Of these records. Only asked where `effects` is external."""

    async def settled(self, generation: int) -> bool:
        """Nothing is left to be derived from what was stored (an hour to be folded, a refresh)."""

    def entries(self, generation: int, place: str) -> AsyncIterator[Entry]:
        """Everything it holds, ordered by id, each id once."""

    def scopes(self, record: Record) -> Collection[str]:
        """Whose entries may change with this record of a source."""

    async def activate(self, generation: int, place: str) -> None:
        """Readers use this one from now on: one atomic step. Idempotent."""

    async def drop(self, generation: int, place: str) -> None:
        """All of it is deleted. Idempotent. Never called for the one in use.

        `place`: "" of one whose `create` was broken off; nobody knows what there is of it.
        """


BUDGET: Final = "budget_calls"
"""The option of every external target: most calls that a replay may pay for."""


@runtime_checkable
class Configurable(Protocol):
    """A target that `Plan.options` change: which policy, how many calls may be paid for."""

    def under(self, options: Mapping[str, Any]) -> Target:
        """The same target, whose trial, cost and new generations follow `options`. Values may be text, as typed on a
        command line. Raises ReplayRefused for an option that it does not know, or lacks."""


@runtime_checkable
class LivesOn(Protocol):
    """A target whose swap is done for good with what it published: the live agents go on, and are the first generation
    again once the replay is cleaned."""

    lives_on: bool


@runtime_checkable
class Noting(Protocol):
    @property
    def notes(self) -> Sequence[str]:
        """What people should know before they run any plan of this target."""


@runtime_checkable
class Refusing(Protocol):
    async def refuse(self) -> None:
        """Raises ReplayRefused where it cannot be replayed as things are now. Asked before it is planned."""


@runtime_checkable
class Differing(Protocol):
    """A target whose generations differ on purpose: it is replayed to change what it says."""

    expected: Collection[str]
    """Causes of differences (`compare.Why`) that do not speak against a swap."""

    async def changes(self, old: int, new: int) -> Mapping[str, int]:
        """What people would see change with `new` in the place of `old`, and how often; kept with the verification."""


class ReplayRefused(Exception):
    """What was asked for would lose or repay something, or is not possible now; the message says what to do."""
