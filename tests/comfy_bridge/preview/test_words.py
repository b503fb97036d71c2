"""What words say of the parts of a drawing."""

from __future__ import annotations

import pytest

from comfy_bridge.preview.materials import MATERIALS
from comfy_bridge.preview.shapes import shapes
from comfy_bridge.preview.vocabulary import MATERIAL_WORDS, THINGS
from comfy_bridge.preview.words import read


@pytest.mark.parametrize(
    ("prompt", "materials"),
    [
        ("wooden shield with iron rim and gold star", ["wood", "iron", "gold"]),
        ("steel sword with golden guard", ["steel", "gold"]),
        ("sword of ice", ["ice"]),
        ("fire staff", ["wood", "fire"]),
        ("golden key", ["gold", "gold", "gold"]),
        ("a treasure chest", ["wood", "gold", "iron"]),
    ],
)
def test_the_parts_are_of_what_the_words_name(prompt: str, materials: list[str]) -> None:
    assert [part.name for part in read(prompt).parts][: len(materials)] == materials


def test_hair_and_robe_find_their_places() -> None:
    face, hair, clothes, *_ = read("elf princess with blue hair and a red robe").parts
    assert face == MATERIALS["skin"]
    assert 240 < hair.colour.hue < 280
    assert 15 < clothes.colour.hue < 45


@pytest.mark.parametrize("prompt", ["", "!!!", "검", "the of with", "xyzzy"])
def test_words_that_say_nothing_still_make_a_theme(prompt: str) -> None:
    theme = read(prompt)
    assert theme.parts
    assert theme.free


def test_every_material_in_the_tables_exists() -> None:
    named = {name.partition(":")[0] for thing in THINGS.values() for name in thing.parts} | set(MATERIAL_WORDS.values())
    assert named <= set(MATERIALS)


def test_every_drawing_belongs_to_a_thing() -> None:
    assert set(shapes()) <= {thing.shape for thing in THINGS.values()}
