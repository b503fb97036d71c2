from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image as Pillow
from PIL import PngImagePlugin

from herofactory.assets.image import Image, ImageTooLarge, InvalidImage, sanitise
from tests.support.images import chunks, picture, pixel_bomb


def clean(data: bytes, *, max_bytes: int = 1_000_000, max_pixels: int = 1_000_000) -> Image:
    return sanitise(data, max_bytes=max_bytes, max_pixels=max_pixels)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_kind_that_is_taken_becomes_a_png_of_the_same_size(kind: str) -> None:
    image = clean(picture(kind))
    assert (image.width, image.height, image.media_type) == (8, 6, "image/png")
    with Pillow.open(io.BytesIO(image.data)) as again:
        assert (again.format, again.size, again.mode) == ("PNG", (8, 6), "RGB")


@pytest.mark.parametrize("mode", ["L", "P", "1", "LA", "RGBA", "I;16", "CMYK"])
def test_every_mode_of_pixels_becomes_rgb_or_rgba(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    with Pillow.open(io.BytesIO(clean(picture(kind, mode=mode)).data)) as image:
        assert image.mode == ("RGBA" if "A" in mode else "RGB")


def test_transparency_is_kept() -> None:
    out = io.BytesIO()
    Pillow.new("RGBA", (2, 2), (255, 0, 0, 0)).save(out, "PNG")
    with Pillow.open(io.BytesIO(clean(out.getvalue()).data)) as image:
        assert image.getpixel((0, 0)) == (255, 0, 0, 0)


def test_nothing_but_pixels_is_kept() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", "the api key is hunter2")
    exif = Pillow.Exif()
    exif[0x9286] = "37.5665 N 126.9780 E"
    data = picture(pnginfo=text, exif=exif, icc_profile=b"profile", dpi=(300, 300))
    assert {"tEXt", "eXIf", "iCCP"} <= set(chunks(data))
    assert set(chunks(clean(data).data)) == {"IHDR", "IDAT", "IEND"}
    assert b"37.5665" in picture("JPEG", exif=exif)
    assert b"37.5665" not in clean(picture("JPEG", exif=exif)).data


def test_a_photo_taken_sideways_is_put_upright() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    image = clean(picture("JPEG", exif=exif))
    assert (image.width, image.height) == (6, 8)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_kept(kind: str) -> None:
    out = io.BytesIO()
    first, *rest = [Pillow.new("RGB", (4, 4), colour) for colour in ("red", "green", "blue")]
    first.save(out, kind, save_all=True, append_images=rest, **({"lossless": True} if kind == "WEBP" else {}))
    image = clean(out.getvalue())
    assert set(chunks(image.data)) == {"IHDR", "IDAT", "IEND"}
    with Pillow.open(io.BytesIO(image.data)) as again:
        assert again.getpixel((0, 0)) == (255, 0, 0)


def test_the_same_pixels_have_the_same_hash() -> None:
    assert clean(picture()).sha256 == clean(picture(dpi=(72, 72))).sha256


@pytest.mark.parametrize("size", [(30_000, 30_000), (1001, 1000), (2**31 - 1, 2**31 - 1)])
def test_a_pixel_bomb_is_refused_before_a_pixel_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(ImageTooLarge, match=f"{size[0]} x {size[1]} pixels"):
        clean(pixel_bomb(*size))


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(ImageTooLarge, match="2000 bytes"):
        clean(b"x" * 2000, max_bytes=1000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"<?php evil(); ?>" * 50,
        b"\xff\xd8\xff" + b"no jpeg" * 50,
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        picture()[:60],
        picture("JPEG")[:200],
        picture("PNG", (200, 200))[:-400],
        picture("BMP"),
        picture("TIFF"),
    ],
    ids=lambda data: repr(data)[:30],
)
def test_what_is_no_whole_image_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidImage):
        clean(data)


def test_images_are_cleaned_in_many_threads_at_once() -> None:
    data = [picture(size=(40 + n, 40)) for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        assert [image.width for image in pool.map(clean, data)] == [40 + n for n in range(16)]


def test_grey_of_sixteen_bits_keeps_its_shades() -> None:
    out = io.BytesIO()
    Pillow.frombytes("I;16", (2, 1), b"\x00\x40\x00\xc0").save(out, "PNG")
    with Pillow.open(io.BytesIO(clean(out.getvalue()).data)) as image:
        assert [image.getpixel((x, 0)) for x in (0, 1)] == [(64, 64, 64), (192, 192, 192)]
