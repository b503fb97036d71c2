from __future__ import annotations

from herofactory.catalog.categories import KOREAN

# What else people type for a category, besides its slug and Korean name.
_ALSO = {
    "weapon": "웨폰",
    "armor": "갑주",
    "accessory": "액세서리 장신구",
    "consumable": "소모품 소비 아이템",
    "ui": "유아이 인터페이스",
    "effect": "효과",
}


def category_label(slug: str) -> str:
    """The words by which text search finds a category: Korean, English, and other spellings."""
    korean = next((name for known, name in KOREAN.items() if known == slug), "")
    return " ".join(filter(None, (korean, slug, _ALSO.get(slug, ""))))
