from __future__ import annotations

import io
import json
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from herofactory.studio.images.archive import ENGINES, Engine, archived
from herofactory.studio.images.provenance import Provenance
from tests.support.sprites import sprite

SPRITES = {name: sprite(np.random.default_rng(n), 32) for n, name in enumerate(("sword", "물약", "gem-2"))}
MADE = Provenance("preview", "preview", "pixel-icon", 7, credit="shapes by GameIcons, CC BY 3.0")


def files(engine: Engine) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archived("pack", SPRITES, engine, [MADE], "Free to use."))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_archive_says_what_may_be_done_with_it_and_where_it_comes_from(engine: Engine) -> None:
    found = files(engine)
    assert found["pack/LICENSE.txt"] == b"Free to use.\n"
    assert b"shapes by GameIcons" in found["pack/PROVENANCE.txt"]
    assert b"preview" in found["pack/PROVENANCE.txt"]
    assert "pack" in found["pack/README.txt"].decode()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_sprites_give_the_same_bytes(engine: Engine) -> None:
    turned = dict(reversed(SPRITES.items()))
    assert archived("pack", SPRITES, engine, [MADE], "x") == archived("pack", turned, engine, [MADE], "x")


def test_godot_gets_a_texture_for_each_sprite_that_shows_it_whole() -> None:
    found = files("godot")
    sheet = np.asarray(Image.open(io.BytesIO(found["pack/atlas.png"])))
    for name, rgba in SPRITES.items():
        text = found[f"pack/{name}.tres"].decode()
        assert 'path="atlas.png"' in text
        (x, y, w, h), (left, top, wide, high) = (
            (int(part) for part in match.split(",")) for match in re.findall(r"Rect2\((.*?)\)", text)
        )
        again = np.zeros((h + high, w + wide, 4), np.uint8)
        again[top : top + h, left : left + w] = sheet[y : y + h, x : x + w]
        assert (again == rgba).all()


def test_phaser_gets_a_sheet_and_the_list_that_names_it() -> None:
    found = files("phaser")
    listed = json.loads(found["pack/atlas.json"])
    assert listed["meta"]["image"] == "atlas.png"
    assert sorted(listed["frames"]) == sorted(f"{name}.png" for name in SPRITES)
    assert b'this.load.atlas("pack"' in found["pack/README.txt"]


def test_unity_gets_every_sprite_as_a_picture() -> None:
    found = files("unity")
    for name, rgba in SPRITES.items():
        assert (np.asarray(Image.open(io.BytesIO(found[f"pack/Sprites/{name}.png"]))) == rgba).all()


@pytest.mark.parametrize("name", ["../evil", "a/b", "", "a b", 'x"', "C:", "x" * 81])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name for a file"):
        archived("pack", {name: SPRITES["sword"]}, "godot", [MADE], "x")
    with pytest.raises(ValueError, match="no name for a file"):
        archived(name, SPRITES, "godot", [MADE], "x")
