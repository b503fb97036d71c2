"""Where the bytes of images lie: by the SHA-256 of what they are, so what is stored never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from herofactory.assets.image import Image


class AssetNotFound(FileNotFoundError):
    """No bytes are stored under this hash."""


class StoreUnavailable(ConnectionError):
    """The store does not answer or refuses; the message says which one and why. Trying again later may help."""


class StoreFull(StoreUnavailable):
    """No space is left for what was to be stored; nothing of it was."""


class AssetStore(Protocol):
    """Methods block and may be called from any thread. `sha256`: 64 lower-case hexadecimal digits.

    All of them raise StoreUnavailable (OSError where a disk fails), `put` StoreFull.
    """

    def put(self, image: Image) -> None:
        """Durable when it returns, so that a row may point to it. Repeating changes nothing."""

    def read(self, sha256: str) -> bytes:
        """Whole, or not at all. Raises AssetNotFound."""
        ...

    def exists(self, sha256: str) -> bool: ...

    def discard(self, sha256: str, before: datetime) -> bool:
        """Delete what nobody has put since `before`; whether it did. Whoever puts it meanwhile keeps it.

        For bytes that no row points to. A store that cannot rule out the last sentence deletes nothing.
        """
        ...

    def probe(self) -> str:
        """Where it is, in words, without secrets. Changes nothing. Raises StoreUnavailable where it cannot be used."""
        ...
