from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from herofactory.studio.images.atlas import PADDING, Pixels, packed
from tests.support.sprites import sprite


def some(seed: int, count: int) -> dict[str, Pixels]:
    rng = np.random.default_rng(seed)
    return {f"item-{n}": sprite(rng, int(rng.integers(4, 60))) for n in range(count)}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 20))
def test_every_sprite_can_be_cut_out_and_put_together_again(seed: int, count: int) -> None:
    sprites = some(seed, count)
    atlas = packed(sprites)
    read = json.loads(atlas.to_json("sheet.png"))
    assert sorted(read["frames"]) == sorted(f"{name}.png" for name in sprites)
    for name, rgba in sprites.items():
        told = read["frames"][f"{name}.png"]
        at, within = told["frame"], told["spriteSourceSize"]
        again = np.zeros((told["sourceSize"]["h"], told["sourceSize"]["w"], 4), np.uint8)
        again[within["y"] : within["y"] + within["h"], within["x"] : within["x"] + within["w"]] = atlas.pixels[
            at["y"] : at["y"] + at["h"], at["x"] : at["x"] + at["w"]
        ]
        assert (again == rgba).all()
        assert told["trimmed"] == ((within["w"], within["h"]) != (rgba.shape[1], rgba.shape[0]))
        assert told["rotated"] is False
    height, width = atlas.pixels.shape[:2]
    assert read["meta"]["size"] == {"w": width, "h": height}
    assert read["meta"]["image"] == "sheet.png"
    assert width & (width - 1) == height & (height - 1) == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 20))
def test_no_two_sprites_come_nearer_than_the_padding(seed: int, count: int) -> None:
    atlas = packed(some(seed, count))
    taken = np.zeros(atlas.pixels.shape[:2], int)
    for frame in atlas.frames:
        taken[frame.y : frame.y + frame.height + PADDING, frame.x : frame.x + frame.width + PADDING] += 1
    assert taken.max() == 1


def test_no_sprites_are_refused() -> None:
    with pytest.raises(ValueError, match="no sprites"):
        packed({})
