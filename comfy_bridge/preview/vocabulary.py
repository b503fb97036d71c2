"""English words of prompts as colours, materials and things. The tables are ours and grow by use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comfy_bridge.preview.colour import Colour, from_hex

_COLOURS = {
    "#d12a1c": "red crimson scarlet health healing vampire vampiric",
    "#f07f1e": "orange amber",
    "#f2c62c": "yellow golden-yellow sunny",
    "#3fae49": "green stamina goblin",
    "#a6d52f": "lime",
    "#2aa79b": "teal turquoise jade",
    "#3fc4e8": "cyan aqua",
    "#2f6fe0": "blue azure mana",
    "#27408b": "navy indigo",
    "#8a45d6": "purple violet arcane",
    "#e85fa8": "pink rose love",
    "#d13bd1": "magenta fuchsia",
    "#8a5a33": "brown chestnut",
    "#f4f2ec": "white snowy pale",
    "#8d929c": "grey gray",
    "#2d2a35": "black dark ebony",
    "#7d1d2b": "maroon burgundy demonic demon infernal",
    "#d8b48a": "beige tan cream",
}
COLOURS: Mapping[str, Colour] = {word: from_hex(hex_) for hex_, words in _COLOURS.items() for word in words.split()}

_MATERIALS = {
    "iron": "iron metal metallic chain chainmail",
    "steel": "steel",
    "silver": "silver silvery mithril platinum chrome",
    "gold": "gold golden gilded brass",
    "copper": "copper",
    "bronze": "bronze",
    "rust": "rusty rusted rust",
    "obsidian": "obsidian onyx",
    "wood": "wood wooden oak bamboo timber",
    "cloth": "cloth fabric silk silken cotton linen wool velvet woven",
    "leather": "leather hide leathery",
    "crystal": "crystal crystalline gem jewel gemstone prism shard shards gems crystals jewels",
    "ruby": "ruby rubies garnet",
    "emerald": "emerald",
    "sapphire": "sapphire",
    "amethyst": "amethyst",
    "topaz": "topaz",
    "diamond": "diamond",
    "pearl": "pearl",
    "ice": "ice icy frozen frost frosty glacial",
    "glass": "glass",
    "water": "water liquid aquatic ocean",
    "slime": "slime slimy gooey jelly goo",
    "poison": "poison poisonous toxic venom venomous acid",
    "blood": "blood bloody",
    "fire": "fire flame flames flaming fiery burning blazing inferno firey",
    "lava": "lava magma molten",
    "lightning": "lightning thunder electric electricity electrical thunderbolt",
    "magic": "magic magical mystic mystical enchanted cosmic star-lit",
    "holy": "holy divine sacred angelic light radiant",
    "shadow": "shadow cursed void necrotic ghostly",
    "stone": "stone rock rocky granite cobblestone marble",
    "brick": "brick bricks clay",
    "sand": "sand sandy desert beach",
    "dirt": "dirt mud muddy soil earth ground",
    "snow": "snow",
    "bone": "bone bones skeletal",
    "ivory": "ivory",
    "leaf": "leaf leaves leafy grass grassy vine plant",
    "fur": "fur furry fluffy",
    "feather": "feather feathers feathered",
    "paper": "paper parchment",
}
MATERIAL_WORDS: Mapping[str, str] = {word: name for name, words in _MATERIALS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Thing:
    """What a noun says of the parts of a drawing, the largest first."""

    name: str
    parts: tuple[str, ...]
    """Materials, with `#rrggbb` after a colon where dyed."""
    shape: str = ""
    """The drawing of shapes.py that shows it."""
    holes: bool = False
    """One may look through its nested areas."""
    eyes: bool = False
    """Pairs of small areas are eyes."""
    heart: int = 0
    """Which part takes fire, ice, magic and the like."""


def _thing(
    words: str, parts: str, shape: str = "", *, holes: bool = False, eyes: bool = False, heart: int = 0
) -> tuple[Thing, str]:
    name = words.split()[0]
    return Thing(name, tuple(parts.split()), shape or name, holes, eyes, heart), words


_THINGS = (
    _thing("sword blade saber katana rapier greatsword longsword broadsword", "steel gold leather ruby"),
    _thing("dagger knife", "steel leather gold", "sword"),
    _thing("axe hatchet tomahawk", "steel wood leather"),
    _thing("hammer mace maul warhammer", "iron wood gold"),
    _thing("spear lance trident halberd", "wood steel gold", "staff"),
    _thing("bow crossbow", "wood leather steel", heart=1),
    _thing("arrow", "wood steel feather"),
    _thing("staff wand rod scepter sceptre", "wood crystal gold", heart=1),
    _thing("gun pistol rifle cannon", "iron wood bronze"),
    _thing("bomb grenade dynamite", "iron:#3b3f4c gold fire"),
    _thing("shield buckler", "wood iron gold"),
    _thing("helmet helm", "steel gold cloth:#c23030 iron"),
    _thing("crown tiara", "gold ruby sapphire emerald"),
    _thing("armor armour breastplate chestplate", "steel gold leather cloth:#a03030"),
    _thing("boots boot shoes shoe", "leather leather gold darkwood", "boot", heart=1),
    _thing("glove gloves gauntlet", "leather gold steel"),
    _thing("ring", "gold ruby silver", holes=True, heart=1),
    _thing("necklace amulet pendant medallion", "gold sapphire silver", "amulet", heart=1),
    _thing("potion flask elixir bottle vial tonic", "potion wood glass paper"),
    _thing("apple cherry fruit", "fruit leaf darkwood", "apple"),
    _thing("meat steak ham drumstick", "meat bone bread"),
    _thing("bread loaf cake cookie pie", "bread cloth:#d86f8a fruit"),
    _thing("mushroom", "fruit ivory white"),
    _thing("gem crystal jewel diamond ruby emerald sapphire amethyst shard", "crystal"),
    _thing("coin coins money", "gold gold gold"),
    _thing("chest treasure", "wood gold iron"),
    _thing("box crate barrel", "wood iron darkwood", "chest"),
    _thing("key", "gold gold gold", holes=True),
    _thing("lock padlock", "gold steel iron", holes=True),
    _thing("scroll map letter", "paper wood cloth:#b33a3a"),
    _thing("book tome grimoire spellbook", "leather paper gold", heart=2),
    _thing("bag pouch sack backpack", "leather gold cloth"),
    _thing("lantern lamp torch candle", "fire wood iron", "torch"),
    _thing("slime blob jelly", "slime white eye", eyes=True),
    _thing("ghost spirit", "white:#dfe6fb eye magic", eyes=True),
    _thing("skull skeleton", "bone eye bone", eyes=True),
    _thing("heart", "fruit white gold"),
    _thing("star", "gold gold gold"),
    _thing("fire flame fireball", "fire fire fire", "flame"),
    _thing("lightning thunderbolt bolt", "lightning", "bolt"),
    _thing("tree", "leaf wood fruit"),
    _thing("flower rose", "cloth:#e0507a gold leaf", "flower"),
    _thing("leaf herb plant", "leaf wood leaf"),
    _thing("rock stone ore boulder", "stone stone gold"),
    _thing("egg", "ivory gold slime"),
    _thing("house castle tower hut", "stone cloth:#b5473c wood", "house"),
    _thing("dragon lizard snake", "leaf:#3fae49 gold eye", eyes=True),
    _thing("cat dog wolf bear fox rabbit mouse", "fur white eye", "slime", eyes=True),
    _thing("bird chicken owl eagle", "feather:#d99a3a gold eye", "slime", eyes=True),
    _thing("fish", "slime:#3f8fd8 gold eye", eyes=True),
    _thing("knight warrior soldier hero", "steel skin cloth:#b0343a gold", "helmet"),
    _thing("wizard mage witch sorcerer", "skin white cloth:#4a3fa8 gold", "portrait", eyes=True),
    _thing("king queen prince princess elf archer rogue portrait face man woman girl boy",
           "skin fur:#8a4b2b cloth:#3f6ea8 gold", "portrait", eyes=True),
    _thing("goblin orc troll zombie", "skin:#6fa843 fur:#3a3028 leather gold", "portrait", eyes=True),
    _thing("robot golem", "iron copper lightning", "helmet", eyes=True),
    _thing("hat cap hood", "cloth cloth:#d9b23a leather"),
    _thing("cloak cape robe shirt dress", "cloth gold leather", "armor"),
    _thing("button badge icon panel", "plain:#3f7fd8 white gold", "button"),
)  # fmt: skip
THINGS: Mapping[str, Thing] = {word: thing for thing, words in _THINGS for word in words.split()}

JOINTS = frozenset(
    ("with", "of", "in", "on", "holding", "from", "and", "wearing", "wrapped", "decorated", ",", "having", "made")
)
_DETAILS = (
    "handle hilt grip guard pommel trim rim border edge edges tip band bands buckle strap straps lid cork stopper"
    " label emblem plume visor head shaft hinge clasp runes rune eyes eye hair stem cap ribbon ornament center core"
    " hat robe scarf roof door wings horns"
)
DETAIL_WORDS = frozenset(_DETAILS.split())
"""Parts of things: what describes one of them is not said of the thing."""
