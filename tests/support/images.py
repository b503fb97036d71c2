"""Pictures to upload, good and bad."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6), mode: str = "RGB", **saved: Any) -> bytes:
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize(size).convert(mode)
    image.save(out, kind, **saved)
    return out.getvalue()


def pixel_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to have that many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def chunks(png: bytes) -> list[str]:
    """The names of its chunks, in order."""
    names, at = [], 8
    while at < len(png):
        length = struct.unpack_from(">I", png, at)[0]
        names.append(png[at + 4 : at + 8].decode("ascii"))
        at += length + 12
    return names


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
