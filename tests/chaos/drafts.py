"""Items to put up, each with a word that nothing else holds, and what moderation has to say of it."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, replace
from typing import Any

TOKEN_LENGTH = 10
# No vowels: no token is a word, so none can be unsafe, and none stems to another.
_LETTERS = "bdfgkmnprtvz"
_ITEMS = (
    ("불꽃 검", "weapon"),
    ("가죽 갑옷", "armor"),
    ("은 반지", "accessory"),
    ("체력 물약", "consumable"),
    ("철광석", "material"),
)
_GOOD = "모험가를 위한 아이템입니다."
_CONTACTS = ("문의는 010-1234-5678 로 주세요", "카톡 아이디 hero123 으로 연락 주세요")


@dataclass(frozen=True, slots=True)
class Draft:
    token: str
    name: str
    description: str
    category: str
    price: int
    listed: bool
    """The oracle: whether it may ever be served."""

    def body(self) -> dict[str, Any]:
        fields = asdict(self)
        return {name: fields[name] for name in ("name", "description", "category", "price")}

    def priced(self, price: int) -> Draft:
        return replace(self, price=price)

    def decided(self, listed: bool) -> Draft:
        """As a moderator has it."""
        return replace(self, listed=listed)


def draft(rng: random.Random, *, bad: float) -> Draft:
    """`bad`: the share of those that must be rejected, for contact data or a category that the name contradicts."""
    token = "".join(rng.choices(_LETTERS, k=TOKEN_LENGTH))
    noun, category = rng.choice(_ITEMS)
    description, listed = _GOOD, True
    if rng.random() < bad:
        listed = False
        if rng.random() < 0.5:
            description = rng.choice(_CONTACTS)
        else:
            category = "consumable" if category == "weapon" else "weapon"
    return Draft(token, f"{token} {noun}", description, category, rng.randrange(100) * 100, listed)


def token_of(name: str) -> str:
    return name.split(" ", 1)[0]
