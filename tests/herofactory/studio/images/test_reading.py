"""What people send who mean harm, or whose programs do: refused clearly, within bounded memory."""

from __future__ import annotations

import io
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from herofactory.studio.images.reading import InvalidSketch, SketchLimits, read
from herofactory.studio.images.sketch import normalise
from tests.support.images import pixel_bomb
from tests.support.sketches import encoded, sword

PNG, JPEG, WEBP = (encoded(sword((64, 64), 3), kind) for kind in ("PNG", "JPEG", "WEBP"))


def refusal(data: bytes, limits: SketchLimits | None = None) -> InvalidSketch:
    with pytest.raises(InvalidSketch) as caught:
        normalise(data, limits)
    return caught.value


@pytest.mark.parametrize("size", [(30_000, 30_000), (2**31 - 1, 2**31 - 1), (65_535, 65_535), (5001, 5000)])
def test_a_pixel_bomb_is_refused_before_a_pixel_is_decoded(size: tuple[int, int]) -> None:
    error = refusal(pixel_bomb(*size))
    assert error.code == "TOO_LARGE"
    assert f"{size[0]} x {size[1]} pixels" in str(error)


@pytest.mark.parametrize("size", [(65_535, 1), (1, 65_535), (65_535, 300)])
def test_a_strip_is_refused(size: tuple[int, int]) -> None:
    assert refusal(pixel_bomb(*size)).code == "TOO_NARROW"


def test_too_many_bytes_are_refused_unread() -> None:
    assert refusal(PNG * 2, SketchLimits(max_bytes=len(PNG))).code == "TOO_LARGE"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<svg/>",
        b"%PDF-1.7",
        encoded(sword((9, 9), 1), "BMP"),
        encoded(sword((9, 9), 1), "TIFF"),
        b"RIFF\0\0\0\0WAVE",
    ],
    ids=["nothing", "GIF", "SVG", "PDF", "BMP", "TIFF", "WAVE"],
)
def test_other_formats_are_refused_by_their_first_bytes(data: bytes) -> None:
    error = refusal(data)
    assert error.code == "UNSUPPORTED"
    assert "PNG, JPEG or WebP" in str(error)


@pytest.mark.parametrize("whole", [PNG, JPEG, WEBP], ids=["PNG", "JPEG", "WebP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_half_a_file_is_broken(whole: bytes, share: float) -> None:
    error = refusal(whole[: max(13, int(len(whole) * share))])
    assert error.code == "BROKEN"
    assert "send it again" in str(error)


@pytest.mark.parametrize("head", [PNG, JPEG, WEBP], ids=["PNG", "JPEG", "WebP"])
def test_of_a_file_that_is_two_things_only_the_pixels_are_read(head: bytes) -> None:
    both = head + b"PK\x03\x04<script>alert(1)</script><?php evil(); ?>"
    made = normalise(both)
    assert made == normalise(head)
    assert b"script" not in made.png


def test_text_that_swells_is_refused() -> None:
    bomb = zlib.compress(bytes(200_000_000), 9)
    chunk = b"Comment\0\0" + bomb
    length, crc = len(chunk).to_bytes(4, "big"), zlib.crc32(b"zTXt" + chunk).to_bytes(4, "big")
    assert refusal(PNG[:33] + length + b"zTXt" + chunk + crc + PNG[33:]).code == "BROKEN"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_read(kind: str) -> None:
    out = io.BytesIO()
    later = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    lossless = {"lossless": True} if kind == "WEBP" else {}
    sword((64, 64), 3).save(out, kind, save_all=True, append_images=later, **lossless)
    assert normalise(out.getvalue()).png == normalise(PNG).png


def test_a_palette_with_a_transparent_colour_is_read_with_it() -> None:
    image = sword((64, 64), 3).convert("P")
    clear = image.getpixel((0, 0))
    rgba = read(encoded(image, transparency=clear), SketchLimits())
    assert rgba[0, 0, 3] == 0
    assert rgba[..., 3].max() == 255


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([PNG, JPEG, WEBP]),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=20),
    st.integers(0, 400),
)
def test_whatever_is_changed_in_a_file_it_is_read_or_refused(
    data: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    spoilt = bytearray(data)
    for place, value in changes:
        spoilt[place % len(spoilt)] = value
    try:
        rgba = read(bytes(spoilt[: len(spoilt) - cut if cut % 3 else None]), SketchLimits(max_pixels=1_000_000))
    except InvalidSketch as error:
        refused: str | None = error.code
    else:
        refused = None
        assert rgba.dtype == np.uint8
        assert max(rgba.shape[:2]) <= 1280
    assert refused in (None, "TOO_LARGE", "UNSUPPORTED", "BROKEN", "TOO_NARROW")


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "I;16"), ("JPEG", "CMYK"), ("WEBP", "RGB")])
def test_the_largest_picture_that_is_taken_stays_within_memory(kind: str, mode: str) -> None:
    """25 million pixels are 100 MB decoded; a second copy would be 200."""
    size = (5000, 5000)
    if mode == "I;16":
        data = encoded(Image.fromarray(np.full(size, 60_000, np.uint16)))
    else:
        data = encoded(Image.new(mode, size), kind)
    code = (
        "import resource, sys\n"
        "from herofactory.studio.images.sketch import normalise\n"
        "from tests.support.sketches import encoded, sword\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "normalise(encoded(sword((1280, 1280), 9)))\n"
        "before = peak()\n"
        "normalise(sys.stdin.buffer.read())\n"
        "print(peak() - before)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert int(run.stdout) < 190
