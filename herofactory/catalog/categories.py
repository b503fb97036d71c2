"""The categories of an item: slug, Korean name."""

from __future__ import annotations

from typing import Literal, get_args

Category = Literal["weapon", "armor", "accessory", "consumable", "material", "character", "ui", "background", "effect"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
KOREAN: dict[Category, str] = {
    "weapon": "무기",
    "armor": "방어구",
    "accessory": "악세서리",
    "consumable": "소비아이템",
    "material": "재료",
    "character": "캐릭터",
    "ui": "UI",
    "background": "배경",
    "effect": "이펙트",
}
