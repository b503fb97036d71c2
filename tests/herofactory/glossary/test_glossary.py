from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

import pytest

from herofactory.catalog.categories import CATEGORIES, KOREAN
from herofactory.catalog.item import Content
from herofactory.glossary import Entry, Glossary, GlossaryError, IconName, Role

WORDS = [
    Entry("arrow", Role.NOUN, ("화살", "애로우"), "weapon", ("화살", "원거리무기")),
    Entry("chest", Role.NOUN, ("상자",), "accessory", ("상자",)),
    Entry("crown", Role.NOUN, ("왕관",), "accessory", ()),
    Entry("fire", Role.NOUN, ("불",), "effect", ("불",)),
    Entry("flaming", Role.ADJ, ("불타는",), None, ("불",)),
    Entry("fishing", Role.NOUN, ("낚시",), None, ()),
    Entry("light", Role.ADJ, ("가벼운",), None, ()),
    Entry("light", Role.NOUN, ("빛",), "effect", ()),
    Entry("machine-gun", Role.NOUN, ("기관총",), "weapon", ()),
    Entry("open", Role.ADJ, ("열린",), None, ()),
    Entry("ring", Role.NOUN, ("반지",), "accessory", ("반지",)),
    Entry("six", Role.NUM, ("6",), None, ()),
    Entry("skull", Role.NOUN, ("해골",), "material", ()),
    Entry("slave", Role.SKIP, (), None, ()),
    Entry("stone", Role.NOUN, ("돌",), "material", ("돌",)),
    Entry("sword", Role.NOUN, ("검", "소드"), "weapon", ("검",)),
    Entry("hot-dog", Role.ICON, ("핫도그",), "consumable", ("음식",)),
    Entry("stone-skull", Role.UNNAMED, (), None, ()),
    Entry("the", Role.PART, (), None, ()),
    Entry("of", Role.PART, (), None, ()),
]
SMALL = Glossary(WORDS)


def korean(icon_name: str) -> str | None:
    name = SMALL.name_icon(icon_name)
    return name.korean if name else None


@pytest.mark.parametrize(
    ("icon_name", "expected"),
    [
        ("sword", "검"),
        ("flaming-arrow", "불타는 화살"),
        ("stone-sword", "돌 검"),
        ("fishing-arrow", "낚시 화살"),
        ("light-sword", "가벼운 검"),
        ("light", "빛"),
        ("machine-gun", "기관총"),
        ("flaming-machine-gun", "불타는 기관총"),
        ("hot-dog", "핫도그"),
    ],
)
def test_modifiers_stand_before_the_head(icon_name: str, expected: str) -> None:
    assert korean(icon_name) == expected


def test_an_adjective_after_its_noun_moves_before_it() -> None:
    assert korean("chest-open") == "열린 상자"


def test_of_is_turned_round() -> None:
    assert korean("ring-of-fire") == "불의 반지"
    assert korean("ring-of-the-skull") == "해골의 반지"


def test_in_on_and_and_join_two_phrases() -> None:
    assert korean("sword-in-stone") == "돌 속 검"
    assert korean("crown-on-skull") == "해골 위의 왕관"
    assert korean("sword-and-arrow") == "검과 화살"


def test_a_number_at_the_end_counts_variants() -> None:
    assert korean("flaming-arrow-02") == "불타는 화살 2"


@pytest.mark.parametrize(
    "icon_name",
    [
        "unheard-of-sword",
        "sword-unheard",
        "flaming",
        "fishing",
        "six-sword",
        "slave-ring",
        "of-fire",
        "ring-of",
        "02",
        "",
        "hot-dog-sword",
    ],
)
def test_what_cannot_be_named_honestly_is_left_out(icon_name: str) -> None:
    assert SMALL.name_icon(icon_name) is None


def test_an_icon_left_out_leaves_its_words_to_others() -> None:
    assert korean("stone-skull") is None
    assert korean("flaming-stone-skull") == "불타는 돌 해골"


def test_the_head_gives_the_category_and_each_modifier_its_first_tag() -> None:
    name = SMALL.name_icon("flaming-stone-arrow")
    assert name is not None
    assert name.category == "weapon"
    assert name.tags == ("화살", "원거리무기", "불", "돌")


def test_the_english_name_is_kept_with_spaces_and_in_the_description() -> None:
    name = SMALL.name_icon("flaming-arrow")
    assert name is not None
    assert name.english == "flaming arrow"
    assert "flaming arrow" in name.description


def test_lookup_takes_words_and_phrases_in_any_spelling() -> None:
    assert [entry.korean[0] for entry in SMALL.lookup("light")] == ["가벼운", "빛"]
    assert SMALL.lookup("Machine Gun") == SMALL.lookup("machine-gun")
    assert SMALL.lookup("unheard") == ()


def test_pairs_hold_every_translation_and_no_function_words() -> None:
    pairs = {pair.english: pair.korean for pair in SMALL.pairs()}
    assert pairs["sword"] == ("검", "소드")
    assert pairs["hot dog"] == ("핫도그",)
    assert not {"of", "the", "slave", "six"} & pairs.keys()


def test_a_word_given_twice_in_one_role_is_refused() -> None:
    with pytest.raises(GlossaryError, match="'sword' is noun twice"):
        Glossary([entry for entry in WORDS if entry.english == "sword"] * 2)


@pytest.mark.parametrize(
    ("icon_name", "expected", "category"),
    [
        ("broadsword", "브로드소드", "weapon"),
        ("health-potion", "체력 물약", "consumable"),
        ("battle-axe", "전투 도끼", "weapon"),
        ("fairy-wand", "요정 지팡이", "weapon"),
        ("flaming-arrow", "불타는 화살", "weapon"),
        ("person-in-bed", "침대에 누운 사람", "character"),
        ("sword-in-stone", "바위에 꽂힌 검", "weapon"),
        ("open-treasure-chest", "열린 보물 상자", "accessory"),
        ("card-10-hearts", "하트 10 카드", "ui"),
        ("tarot-10-wheel-of-fortune", "운명의 수레바퀴 타로 카드", "ui"),
    ],
)
def test_players_find_the_words_they_would_say(
    glossary: Glossary, icon_name: str, expected: str, category: str
) -> None:
    name = glossary.name_icon(icon_name)
    assert name is not None
    assert (name.korean, name.category) == (expected, category)


@pytest.fixture(scope="module")
def named(glossary: Glossary, icon_names: Sequence[str]) -> Sequence[IconName]:
    return [name for name in map(glossary.name_icon, icon_names) if name]


def test_at_least_2400_icons_of_the_package_are_named(named: Sequence[IconName]) -> None:
    assert len(named) >= 2_400


def test_no_two_icons_share_a_name(named: Sequence[IconName]) -> None:
    counts = Counter(name.korean for name in named)
    assert [korean for korean, count in counts.items() if count > 1] == []


def test_every_name_fits_the_limits_of_an_item(named: Sequence[IconName]) -> None:
    for name in named:
        assert unicodedata.is_normalized("NFC", name.korean + name.description)
        Content(name.korean, name.description, name.category, name.tags, 0).checked()


def test_a_description_names_no_item_but_its_own(named: Sequence[IconName]) -> None:
    names = {name.korean for name in named if len(name.korean) > 1} - set(KOREAN.values())
    words = {word for name in named for word in name.description.replace(f"'{name.korean}'", "").split()}
    words = {word for word in words if not word.isascii()}
    assert sorted(item for item in names for word in words if word.startswith(item)) == []


def test_every_category_is_used(named: Sequence[IconName]) -> None:
    assert {name.category for name in named} == set(CATEGORIES)


@pytest.mark.parametrize("icon_name", ["slavery-whip", "bird-twitter", "harry-potter-skull", "suicide", "glock"])
def test_offence_brands_and_persons_are_left_out(glossary: Glossary, icon_name: str) -> None:
    assert glossary.name_icon(icon_name) is None
