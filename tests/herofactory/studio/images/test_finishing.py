from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from herofactory.studio.images.finishing import FinishedAssets, finish
from herofactory.studio.images.provenance import GENERATED, PREVIEW, Provenance, read, stamped
from herofactory.studio.jobs.request import GenerationRequest, PixelOptions
from herofactory.studio.presets.preset import Preset
from herofactory.studio.rendering.port import RawImage, RenderError
from tests.support.images import chunks
from tests.support.sketches import encoded, filled, photo
from tests.support.sprites import enlarged

MADE = Provenance("comfyui", "Juggernaut XL Lightning V9", "pixel-icon", 0)
PRESET = Preset("pixel-icon", "Pixel icon", "픽셀 아이콘", "", "pixel-icon", "Juggernaut XL Lightning V9")
REQUEST = GenerationRequest("물약", "potion", "", "pixel-icon", 42, pixel=PixelOptions(32, 8))


def leaky() -> bytes:
    """As ComfyUI saves it: with the whole graph in it."""
    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", '{"ckpt": "/srv/models/secret"}')
    return encoded(filled(1024), pnginfo=text)


def finished(png: bytes | None = None, request: GenerationRequest = REQUEST, preset: Preset = PRESET) -> FinishedAssets:
    return finish(RawImage(png or leaky(), 43), request, preset, MADE)


def test_the_picture_comes_first_then_the_sprite_then_its_pixel_art() -> None:
    assets = finished().assets
    assert [asset.kind for asset in assets] == ["image", "sprite", "pixel"]
    assert (assets[0].image.width, assets[0].image.height) == (1024, 1024)
    assert assets[1].image.width == assets[1].image.height <= 1024
    assert (assets[2].image.width, assets[2].image.height) == (32, 32)


def test_the_sprite_stands_in_the_middle_on_nothing() -> None:
    sprite = finished().of("sprite")
    assert sprite is not None
    alpha = np.asarray(Image.open(io.BytesIO(sprite.data)))[..., 3]
    assert alpha[0].max() == alpha[:, 0].max() == 0
    rows = np.flatnonzero((alpha > 8).any(axis=1))
    assert abs(int(rows[0]) - (len(alpha) - 1 - int(rows[-1]))) <= 2


def test_of_what_the_renderer_wrote_into_the_picture_nothing_is_left() -> None:
    for asset in finished().assets:
        assert b"secret" not in asset.image.data
        assert set(chunks(asset.image.data)) == {"IHDR", "tEXt", "IDAT", "IEND"}
        assert read(asset.image.data) == {
            "Software": "HeroFactory",
            "Source": GENERATED,
            "Model": "Juggernaut XL Lightning V9",
            "Preset": "pixel-icon",
            "Seed": "43",
            "Backend": "comfyui",
        }


def test_a_preview_says_so_and_names_whom_to_credit() -> None:
    made = finish(RawImage(leaky(), 1, credit="모양: GameIcons"), REQUEST, PRESET, replace(MADE, backend="preview"))
    text = read(made.assets[0].image.data)
    assert (text["Source"], text["Copyright"]) == (PREVIEW, "모양: GameIcons")


def test_the_same_picture_and_request_give_the_same_bytes() -> None:
    assert finished() == finished()


def test_a_picture_with_transparency_keeps_its_own() -> None:
    rgba = np.full((1024, 1024, 4), (9, 9, 12, 0), np.uint8)
    rgba[300:700, 200:800] = (9, 9, 12, 255)  # black on what was black: no look at colours finds its edge
    rgba[500, 200:800, 3] = 100
    made = finished(encoded(Image.fromarray(rgba)), replace(REQUEST, pixel=None))
    assert made.cut_confidence == 1.0
    image, sprite = (np.asarray(Image.open(io.BytesIO(asset.image.data))) for asset in made.assets)
    assert np.array_equal(image, rgba)
    inner = (sprite.shape[0] - 400) // 2
    assert np.array_equal(sprite[inner : inner + 400, 24:-24], rgba[300:700, 200:800])


def test_only_what_was_asked_for_is_made() -> None:
    assert [asset.kind for asset in finished(request=replace(REQUEST, pixel=None)).assets] == ["image", "sprite"]
    kept = finished(request=replace(REQUEST, pixel=None, background="keep"))
    assert [asset.kind for asset in kept.assets] == ["image"]
    assert kept.cut_confidence is None


def test_a_preset_asks_for_pixel_art_where_the_request_says_nothing_of_it() -> None:
    made = finished(request=replace(REQUEST, pixel=None), preset=replace(PRESET, pixel=PixelOptions(48)))
    pixel = made.of("pixel")
    assert pixel is not None
    assert pixel.width == 48


def test_a_scene_is_kept_whole_and_the_doubt_is_told() -> None:
    made = finished(encoded(photo(size=(1024, 1024))))
    sprite = made.of("sprite")
    assert made.cut_confidence is not None
    assert made.cut_confidence < 0.5
    assert sprite is not None


def test_a_picture_of_another_size_is_brought_to_the_one_asked_for() -> None:
    picture = enlarged(np.random.default_rng(1), paper=(9, 9, 12)).picture[:500, :400]
    assert finished(encoded(Image.fromarray(picture))).assets[0].image.width == 1024


@pytest.mark.parametrize("data", [b"", b"<html>", leaky()[:5000], encoded(filled(50), "JPEG")])
def test_what_is_no_picture_is_a_failed_rendering(data: bytes) -> None:
    with pytest.raises(RenderError) as caught:
        finish(RawImage(data, 1), REQUEST, PRESET, MADE)
    assert caught.value.cause == "RENDER_FAILED"


def test_text_in_any_script_survives() -> None:
    image = stamped(np.zeros((2, 2, 3), np.uint8), replace(MADE, model="모델"))
    assert read(image.data)["Model"] == "모델"
