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
    "{topic} 한 가지 색으로 된 벡터 원본의 게임 아이콘입니다.",
    "{quoted} 모양의 단색 게임 아이콘입니다.",
)
_USES: Mapping[Category, Sequence[str]] = {
    "weapon": (
        "무기 슬롯이나 장비창에 쓰기 좋습니다.",
        "공격 스킬이나 무기 목록의 그림으로 쓸 수 있습니다.",
        "상점과 인벤토리의 무기 칸에 어울립니다.",
    ),
    "armor": (
        "방어구 슬롯이나 장비창에 쓰기 좋습니다.",
        "캐릭터 의상이나 방어구 목록의 그림으로 쓸 수 있습니다.",
        "상점과 인벤토리의 방어구 칸에 어울립니다.",
    ),
    "accessory": (
        "장신구 칸이나 소지품 목록에 쓰기 좋습니다.",
        "인벤토리의 도구나 소품 그림으로 쓸 수 있습니다.",
        "상점의 악세서리 칸에 어울립니다.",
    ),
    "consumable": (
        "소비아이템 칸이나 단축키 슬롯에 쓰기 좋습니다.",
        "음식과 물약 같은 소모품 목록의 그림으로 쓸 수 있습니다.",
        "상점과 인벤토리의 소비아이템 칸에 어울립니다.",
    ),
    "material": (
        "제작 재료나 수집품 칸에 쓰기 좋습니다.",
        "조합법과 재료 목록의 그림으로 쓸 수 있습니다.",
        "채집과 제작 화면에 어울립니다.",
    ),
    "character": (
        "캐릭터 초상이나 몬스터 도감에 쓰기 좋습니다.",
        "직업, 종족, 적의 표시로 쓸 수 있습니다.",
        "캐릭터 선택 화면에 어울립니다.",
    ),
    "ui": (
        "메뉴와 버튼 같은 화면 요소에 쓰기 좋습니다.",
        "상태 표시나 알림의 그림으로 쓸 수 있습니다.",
        "게임 화면의 UI에 어울립니다.",
    ),
    "background": (
        "지도와 배경의 표식으로 쓰기 좋습니다.",
        "장소나 건물, 배경 소품의 그림으로 쓸 수 있습니다.",
        "월드맵과 배경 화면에 어울립니다.",
    ),
    "effect": (
        "스킬과 상태 이상의 표시로 쓰기 좋습니다.",
        "이펙트나 능력 목록의 그림으로 쓸 수 있습니다.",
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
