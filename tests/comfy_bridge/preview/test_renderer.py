"""What the preview renderer makes of sketches and words."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from comfy_bridge.preview import PreviewRenderer
from herofactory.studio.presets.preset import presets
from herofactory.studio.rendering.port import RenderError
from tests.support.preview import decoded, hue, png, silent, sketch, task

RENDERER = PreviewRenderer()


def test_the_same_task_gives_the_same_bytes() -> None:
    asked = task("iron sword with a golden guard", sketch("sword"), preset="pixel-icon")
    assert RENDERER.render(asked, silent)[0].png == PreviewRenderer().render(asked, silent)[0].png


def test_each_variation_is_the_picture_of_its_own_seed_and_looks_different() -> None:
    both = RENDERER.render(task("potion", sketch("potion"), variations=2), silent)
    second = RENDERER.render(task("potion", sketch("potion"), seed=8), silent)[0]
    assert [image.seed for image in both] == [7, 8]
    assert both[1].png == second.png
    one, other = (decoded(image.png).astype(np.int16) for image in both)
    assert np.abs(one - other)[one[..., 3] > 200].mean() > 4


@pytest.mark.parametrize(("word", "degrees"), [("red", 5), ("green", 115), ("blue", 220), ("purple", 275)])
def test_a_colour_word_decides_the_dominant_hue(word: str, degrees: float) -> None:
    pixels = decoded(RENDERER.render(task(f"{word} slime", sketch("slime")), silent)[0].png)
    away = abs((hue(pixels) - degrees + 180) % 360 - 180)
    assert away < 35, hue(pixels)


@pytest.mark.parametrize("shape", ["sword", "apple"])
def test_the_silhouette_of_the_sketch_is_kept(shape: str) -> None:
    drawing = sketch(shape)
    alpha = decoded(RENDERER.render(task(shape, drawing, sketch_strength=0), silent)[0].png)[..., 3] > 127
    wanted = _filled(decoded(drawing) > 100)
    assert (alpha & wanted).sum() / (alpha | wanted).sum() >= 0.9


def _filled(lines: NDArray[np.bool_]) -> NDArray[np.bool_]:
    image = Image.fromarray((lines * 255).astype(np.uint8)).copy()
    ImageDraw.floodfill(image, (0, 0), 128)
    filled: NDArray[np.bool_] = np.asarray(image) != 128
    return filled


def test_strengths_of_style_and_sketch_change_the_picture() -> None:
    drawing = sketch("bolt")
    plain = RENDERER.render(task("bolt", drawing), silent)[0].png
    assert RENDERER.render(task("bolt", drawing, style_strength=100), silent)[0].png != plain
    assert RENDERER.render(task("bolt", drawing, sketch_strength=10), silent)[0].png != plain


@pytest.mark.parametrize("words", ["stone floor", "wooden planks"])
def test_a_tile_goes_on_at_its_opposite_edge(words: str) -> None:
    pixels = decoded(RENDERER.render(task(words, preset="tile-background", background="keep"), silent)[0].png)
    values = pixels.astype(np.float32)
    inside = np.abs(np.diff(values, axis=0)).mean(axis=(1, 2))
    across = np.abs(np.diff(values, axis=1)).mean(axis=(0, 2))
    assert np.abs(values[0] - values[-1]).mean() <= inside.max() * 1.05
    assert np.abs(values[:, 0] - values[:, -1]).mean() <= across.max() * 1.05


def test_a_sketch_on_a_tile_leaves_the_edges_to_the_ground() -> None:
    alone = decoded(RENDERER.render(task("grass", preset="tile-background", background="keep"), silent)[0].png)
    with_sketch = task("grass", sketch("star"), preset="tile-background", background="keep")
    drawn = decoded(RENDERER.render(with_sketch, silent)[0].png)
    np.testing.assert_array_equal(drawn[0], alone[0])
    assert (drawn[512] != alone[512]).any()


@pytest.mark.parametrize("preset", sorted(presets()))
def test_every_preset_makes_a_picture_from_words_alone(preset: str) -> None:
    asked = task("ruby ring", preset=preset, background=presets()[preset].background)
    image = RENDERER.render(asked, silent)[0]
    pixels = decoded(image.png)
    assert pixels.shape == (1024, 1024, 4 if asked.request.background == "transparent" else 3)
    assert image.credit is None
    assert pixels[..., :3].std() > 5


def test_a_pixel_icon_lies_on_the_grid_in_few_colours_without_half_transparent_pixels() -> None:
    pixels = decoded(RENDERER.render(task("fireball", preset="pixel-icon"), silent)[0].png)
    assert (pixels == pixels[::16, ::16].repeat(16, axis=0).repeat(16, axis=1)).all()
    assert set(np.unique(pixels[..., 3])) == {0, 255}
    assert len(np.unique(pixels[pixels[..., 3] > 0], axis=0)) <= 24


def _line(size: int) -> bytes:
    canvas = np.zeros((size, size), np.uint8)
    canvas[size // 2, size // 4 : -size // 4] = 255
    return png(canvas)


@pytest.mark.parametrize(
    "drawing",
    [
        pytest.param(png(np.zeros((1024, 1024), np.uint8)), id="blank"),
        pytest.param(png(np.full((1024, 1024), 255, np.uint8)), id="white"),
        pytest.param(_line(1024), id="one thin line"),
        pytest.param(png(np.full((1, 1), 255, np.uint8)), id="one pixel"),
        pytest.param(png((np.random.default_rng(1).random((2048, 2048)) < 0.3).astype(np.uint8) * 255), id="noise"),
    ],
)
def test_odd_sketches_give_a_picture(drawing: bytes) -> None:
    assert decoded(RENDERER.render(task("gold coin", drawing), silent)[0].png).shape == (1024, 1024, 4)


def test_what_is_no_picture_is_an_invalid_sketch() -> None:
    with pytest.raises(RenderError) as caught:
        RENDERER.render(task("sword", b"no picture"), silent)
    assert caught.value.cause == "INVALID_SKETCH"


def test_progress_rises_and_shows_a_small_picture() -> None:
    seen: list[tuple[str, float, bytes | None]] = []
    RENDERER.render(task("egg", sketch("egg"), variations=2), lambda *report: seen.append(report))
    percents = [percent for _, percent, _ in seen]
    assert percents == sorted(percents)
    assert percents[-1] <= 100
    last = seen[-1][2]
    assert last is not None
    assert decoded(last).shape[:2] == (256, 256)


def test_memory_stays_bounded() -> None:
    tracemalloc.start()
    try:
        RENDERER.render(task("fire shield", sketch("shield"), preset="diablo-icon", background="keep"), silent)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 400 * 2**20


@pytest.mark.parametrize("words", ["", " ,, ", "불타는 검", "of the with"])
@pytest.mark.parametrize("preset", ["flat-ui", "tile-background"])
def test_words_that_say_nothing_make_a_picture_all_the_same(words: str, preset: str) -> None:
    assert RENDERER.render(task(words, preset=preset), silent)[0].png.startswith(b"\x89PNG")
