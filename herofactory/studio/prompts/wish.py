"""What is asked of a provider."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Protocol

from herofactory.search.analysis.normalize import fold, nfc
from herofactory.studio.prompts.draft import Draft


@dataclass(frozen=True, slots=True)
class Wish:
    """`sketch`: PNG bytes of what was drawn beside the words."""

    text: str
    preset: str | None = None
    sketch: bytes | None = None


class Maker(Protocol):
    @property
    def policy(self) -> str:
        """Changes with everything that changes a draft."""

    async def make(self, wish: Wish) -> Draft:
        """Raises RemoteFailed only."""


class RemoteFailed(Exception):
    """A provider gave nothing that may be used. The message is ours; it holds neither key nor answer."""


def cache_key(policy: str, wish: Wish) -> str:
    """64 hex digits: equal for texts that differ in composition, width, white space or case only."""
    text = " ".join(fold(nfc(wish.text)).split()).casefold()
    sketch = hashlib.sha256(wish.sketch).hexdigest() if wish.sketch else None
    return hashlib.sha256(json.dumps([policy, text, wish.preset, sketch]).encode()).hexdigest()
