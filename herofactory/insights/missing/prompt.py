"""A text that has what is missing drawn."""

from __future__ import annotations

from functools import lru_cache

from herofactory.catalog.categories import CATEGORIES, Category

MAX_PROMPT = 300
_WHAT: dict[Category | None, str] = {
    "weapon": "게임 무기 아이콘",
    "armor": "게임 방어구 아이콘",
    "accessory": "게임 장신구 아이콘",
    "consumable": "게임 소비 아이템 아이콘",
    "material": "게임 재료 아이콘",
    "character": "게임 캐릭터 아이콘",
    "ui": "게임 UI 아이콘",
    "background": "게임 배경 그림",
    "effect": "게임 이펙트 아이콘",
    None: "게임 아이템 아이콘",
}
_HOW = "하나만 한가운데에, 또렷한 윤곽, 단순한 배경, 글자 없이"
_SCENE = "글자 없이"
"""The glossary has ships and houses under background too: neither a lone icon nor a wide view suits all of them."""


def prompt(form: str) -> str:
    """Korean, at most MAX_PROMPT characters."""
    category = category_of(form)
    rest = f" - {_WHAT[category]}, {_SCENE if category == 'background' else _HOW}"
    return form[: MAX_PROMPT - len(rest)].strip() + rest


@lru_cache(10_000)
def category_of(form: str) -> Category | None:
    """What the glossary takes its head for: a Korean head comes last. None where it knows no such noun."""
    # The glossary's 4,000 rows: only for who asks.
    from herofactory.moderation.glossary_nouns import glossary_nouns

    nouns = glossary_nouns()
    text = "".join(form.split())
    for start in range(len(text)):
        if found := nouns.get(text[start:]):
            return next(category for category in CATEGORIES if category in found)
    return None
