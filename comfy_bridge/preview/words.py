"""A prompt's words as what the parts of the drawing are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from comfy_bridge.preview.colour import Colour, from_hex
from comfy_bridge.preview.materials import MATERIALS, Material
from comfy_bridge.preview.vocabulary import COLOURS, DETAIL_WORDS, JOINTS, MATERIAL_WORDS, THINGS, Thing

_WORD = re.compile(r"[a-z][a-z-]*|,")
#: Of what no word names.
_NOTHING = Thing("thing", ("plain:#5f86c9", "gold", "cloth:#c05a4a", "leather"))
_ELEMENTS = frozenset(("fire", "lava", "ice", "lightning", "magic", "holy", "shadow", "poison", "water", "blood"))
_PLACES = {"hair": 1, "robe": 2, "cloak": 2, "dress": 2, "armor": 2, "scarf": 2, "hat": 3, "crown": 3}
"""Parts of a person, face first."""
_ASIDE = ("gold", "silver", "leather", "bronze")
"""Second materials where the thing's own would look like the first."""


@dataclass(slots=True)
class _Slot:
    thing: Thing | None = None
    detail: str = ""
    material: str = ""
    colour: Colour | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.material or self.colour)


@dataclass(frozen=True, slots=True)
class Theme:
    """`parts`: materials of the drawing's groups of regions, the largest first."""

    thing: Thing
    parts: tuple[Material, ...]
    words: tuple[str, ...]
    asked: int
    """How many of the parts words named, from the left."""
    free: bool = field(default=False)
    """No word said a colour: the seed may turn it."""


def read(prompt: str) -> Theme:
    words = tuple(_WORD.findall(prompt.lower()))
    slots = _slots(words)
    at = next((index for index, slot in enumerate(slots) if slot.thing), None)
    head = slots[at] if at is not None else next((slot for slot in slots if slot.says_something), _Slot())
    thing = head.thing or _NOTHING
    rest = [slot for slot in slots if slot is not head and slot.says_something]
    if not head.says_something and rest and not rest[0].thing and not rest[0].detail:
        head = rest.pop(0)
    defaults = [_named(name) for name in thing.parts]
    spirit = _spirit(head, thing, defaults)
    main = _made(head, defaults[0])
    if thing.shape == "portrait":
        return Theme(thing, _person(rest, [main, *defaults[1:]]), words, 1 + len(rest), not head.says_something)
    details = [_made(slot, MATERIALS["gold"]) for slot in rest]
    others = [_beside(main, defaults[0], each, index) for index, each in enumerate(defaults[1:], 1)]
    if spirit:
        others.insert(0, spirit)
    spare = () if {each.name for each in defaults} == {defaults[0].name} else (_other_than(main), MATERIALS["leather"])
    return Theme(thing, (main, *details, *others, *spare), words, 1 + len(details), not head.says_something)


def _person(rest: Sequence[_Slot], parts: list[Material]) -> tuple[Material, ...]:
    for slot in rest:
        place = _PLACES.get(slot.detail or (slot.thing.name if slot.thing else ""), len(parts) - 1)
        parts[place] = _made(slot, parts[place])
    return tuple(parts)


def _spirit(head: _Slot, thing: Thing, defaults: Sequence[Material]) -> Material | None:
    """A staff of fire is of wood: the element is in its crystal. Taken out of the head's words."""
    if not head.thing or head.material not in _ELEMENTS or not (thing.heart or head.material == "magic"):
        return None
    if len(defaults) == 1:
        return None
    spirit = _made(head, defaults[0])
    head.material, head.colour = "", None
    return spirit


def _beside(main: Material, default: Material, part: Material, index: int) -> Material:
    """What is like the main part stays like it, whatever that is now made of; the rest stands out from it."""
    if part.name == default.name:
        return replace(main, colour=main.colour.lit(0.1 * index))
    return part if not _alike(part, main) else _other_than(main)


def _slots(words: Sequence[str]) -> list[_Slot]:
    """Groups of words round a noun: what comes before it describes it."""
    slots, slot = [], _Slot()
    for word, following in zip(words, (*words[1:], ""), strict=False):
        if word in JOINTS:
            slots.append(slot)
            slot = _Slot()
            continue
        noun = word in THINGS and not (word in MATERIAL_WORDS and following in THINGS)
        slot.colour = COLOURS.get(word) or slot.colour
        slot.material = MATERIAL_WORDS.get(word) or slot.material
        if noun:
            slot.thing = THINGS[word]
        elif word in DETAIL_WORDS and slot.says_something and not slot.thing:
            slot.detail = word
            slots.append(slot)
            slot = _Slot()
    return [*slots, slot]


def _made(slot: _Slot, default: Material) -> Material:
    material = MATERIALS[slot.material] if slot.material else default
    return material.coloured(slot.colour) if slot.colour else material


def _named(name: str) -> Material:
    name, _, dye = name.partition(":")
    return MATERIALS[name].coloured(from_hex(dye)) if dye else MATERIALS[name]


def _alike(one: Material, other: Material) -> bool:
    a, b = one.colour, other.colour
    hues = abs((a.hue - b.hue + 180) % 360 - 180)
    return (
        abs(a.light - b.light) < 0.12
        and abs(a.chroma - b.chroma) < 0.08
        and (hues < 25 or max(a.chroma, b.chroma) < 0.04)
    )


def _other_than(main: Material) -> Material:
    return next(MATERIALS[name] for name in _ASIDE if not _alike(MATERIALS[name], main))
