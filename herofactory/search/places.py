"""Generations of the index side by side, each in a place of its own; readers use one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from herofactory.search.document import ItemDocument
from herofactory.search.port import SearchWriter
from herofactory.search.report import RebuildReport

Documents = Callable[[], Iterable[ItemDocument]]
"""All there are; called again for each rebuild."""
Alone = Callable[[], AbstractContextManager[object]]
"""Keeps other processes from building an index meanwhile."""
FIRST = "v1"
"""What is in use where nobody has ever said otherwise."""


def place_of(generation: int) -> str:
    return f"v{generation}"


class Held(NamedTuple):
    """An item that a generation holds."""

    id: str
    revision: int
    digest: bytes
    """Of all that is stored for showing it. Of two generations in one engine, equal where the content is."""


class IndexOwner(Protocol):
    """The writing side of one place. Used by one thread."""

    def open(self, documents: Documents, alone: Alone, *, in_use: bool = True) -> RebuildReport | None:
        """Ready to write; what was built where there was no index, or one of another version.

        `in_use`: readers that have no index at all get this one.
        """

    @property
    def writer(self) -> SearchWriter:
        """Of an open one. Writes to its place, whatever readers use."""

    def rebuild(self, documents: Documents) -> RebuildReport:
        """In its place, which is searched meanwhile if it is in use. Other places are left alone."""

    def close(self) -> None: ...


class IndexPlaces(Protocol):
    """All places of an index. Raises SearchError. Thread-safe."""

    def in_use(self) -> str: ...

    def create(self, place: str) -> None:
        """An empty one. Idempotent: what is there stays."""

    def use(self, place: str) -> None:
        """Readers go over to it, in one step; they need not be told. Idempotent. Raises IndexMissing."""

    def drop(self, place: str) -> None:
        """Idempotent. Who still reads it is not disturbed. Raises IndexBusy while somebody writes it."""

    def settle(self, place: str) -> None:
        """`held` knows all that was written until now."""

    def held(self, place: str) -> Iterator[Held]:
        """Ordered by id, each id once; in memory that does not grow with their number.

        Without stubs of what is gone: those are swept by the clock and not carried by a snapshot of the database, so
        two generations that show the same need not remember the same.
        """

    def owner(self, place: str) -> IndexOwner: ...

    def close(self) -> None: ...
