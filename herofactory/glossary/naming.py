"""What a store shows of an icon: its Korean name, English alias, category, tags and an honest description."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from herofactory.catalog.categories import KOREAN, Category
from herofactory.glossary.korean import with_means, with_object, with_topic
from herofactory.glossary.phrase import Phrase


@dataclass(frozen=True, slots=True)
class IconName:
    """`korean` is the name, `english` the icon's own name with spaces; `category` a slug of the store."""

    korean: str
    english: str
    category: Category
    tags: tuple[str, ...]
    description: str


_OPENINGS = (
    "{object} 단색 실루엣으로 그린 게임 아이콘입니다.",
    "{topic} 단색 벡터로 그린 게임 아이콘입니다.",
    "{quoted} 모양의 단색 게임 아이콘입니다.",
)
# No word here may be the name of an item: a search for it would find every description.
_USES: Mapping[Category, Sequence[str]] = {
    "weapon": (
        "무기 슬롯이나 장비창에 쓰기 좋습니다.",
        "무기 목록의 아이콘으로 쓸 수 있습니다.",
        "인벤토리의 무기 칸에 어울립니다.",
    ),
    "armor": (
        "방어구 슬롯이나 장비창에 쓰기 좋습니다.",
        "방어구 목록의 아이콘으로 쓸 수 있습니다.",
        "인벤토리의 방어구 칸에 어울립니다.",
    ),
    "accessory": (
        "장신구 슬롯이나 소지품 목록에 쓰기 좋습니다.",
        "인벤토리의 소품 아이콘으로 쓸 수 있습니다.",
        "인벤토리의 악세서리 칸에 어울립니다.",
    ),
    "consumable": (
        "소비아이템 슬롯이나 단축 슬롯에 쓰기 좋습니다.",
        "소모품 목록의 아이콘으로 쓸 수 있습니다.",
        "인벤토리의 소비아이템 칸에 어울립니다.",
    ),
    "material": (
        "조합 재료나 수집품 칸에 쓰기 좋습니다.",
        "재료 목록의 아이콘으로 쓸 수 있습니다.",
        "조합 화면의 재료 칸에 어울립니다.",
    ),
    "character": (
        "캐릭터 표시나 도감에 쓰기 좋습니다.",
        "등장인물이나 적의 아이콘으로 쓸 수 있습니다.",
        "캐릭터 목록에 어울립니다.",
    ),
    "ui": (
        "화면 요소로 쓰기 좋습니다.",
        "상태 표시나 알림 아이콘으로 쓸 수 있습니다.",
        "게임 화면의 UI에 어울립니다.",
    ),
    "background": (
        "배경의 표식으로 쓰기 좋습니다.",
        "장소나 배경 소품의 아이콘으로 쓸 수 있습니다.",
        "배경 화면에 어울립니다.",
    ),
    "effect": (
        "스킬과 상태 이상의 표시로 쓰기 좋습니다.",
        "이펙트나 능력 목록의 아이콘으로 쓸 수 있습니다.",
        "스킬 창과 버프 표시에 어울립니다.",
    ),
}


def present(icon_name: str, phrase: Phrase) -> IconName:
    """The store's view of an icon; the same icon always gets the same words."""
    english = icon_name.replace("-", " ")
    return IconName(phrase.korean, english, phrase.category, phrase.tags, _description(english, phrase))


def _description(english: str, phrase: Phrase) -> str:
    number = zlib.crc32(english.encode())
    quoted = f"'{phrase.korean}'"
    opening = _OPENINGS[number % len(_OPENINGS)].format(
        quoted=quoted, object=with_object(quoted), topic=with_topic(quoted)
    )
    uses = _USES[phrase.category]
    return f"{opening} {uses[number // len(_OPENINGS) % len(uses)]} {_closing(english, phrase)}"


def _closing(english: str, phrase: Phrase) -> str:
    kind = with_means(KOREAN[phrase.category])
    return f"{kind} 분류했으며 영어 이름은 {english}입니다."
