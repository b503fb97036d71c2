"""Game assets made of a stored result when somebody asks for them. Equal results give equal bytes.

Loads numpy and Pillow: import it where pictures are worked on only.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from herofactory.assets.store import AssetStore
from herofactory.studio.images import provenance
from herofactory.studio.images.archive import Engine, archived
from herofactory.studio.images.atlas import Atlas, packed
from herofactory.studio.images.export import Kind, encoded, resized
from herofactory.studio.images.provenance import Provenance, stamped
from herofactory.studio.jobs.job import Job
from herofactory.studio.results import Piece, Result

_LICENCE = """These pictures were made with HeroFactory as their owner asked for them.
HeroFactory claims no right in them.

Whether they are protected by copyright depends on where you live and on what you added.
Where a model made them ("AI-generated"), its own licence may bind you: PROVENANCE.txt names the model.
"""
_CREDITS = "\nThey contain work of others, who have to be named:\n"


@dataclass(frozen=True, slots=True)
class Sprite:
    pixels: NDArray[np.uint8]
    """(height, width, 4)"""
    piece: Piece
    provenance: Provenance


def loaded(store: AssetStore, result: Result) -> list[Sprite]:
    """Raises FileNotFoundError where the bytes are gone, and what the store raises."""
    return [_sprite(store.read(piece.sha256), piece, result.job) for piece in result.pieces]


def exported(sprite: Sprite, kind: Kind, size: int) -> bytes:
    """One picture, `size` pixels along each side: pixel art stays on its grid. As PNG it tells where it comes from."""
    is_art = sprite.piece.kind == "pixel"
    pixels = resized(sprite.pixels, size, pixel_art=is_art)
    if kind == "png":
        return stamped(pixels, sprite.provenance).data
    return encoded(pixels, kind, lossless=is_art)


def atlas_image(sprites: Sequence[Sprite]) -> bytes:
    """PNG."""
    return encoded(_atlas(sprites).pixels, "png", lossless=True)


def atlas_list(sprites: Sequence[Sprite]) -> bytes:
    """TexturePacker's JSON (Hash), for `atlas_image` as atlas.png."""
    return _atlas(sprites).to_json().encode()


def archive(name: str, sprites: Sequence[Sprite], engine: Engine) -> bytes:
    """Zip; `name` is the folder in it."""
    made = [each.provenance for each in sprites]
    return archived(name, _named(sprites), engine, made, _licence(made))


def _sprite(png: bytes, piece: Piece, job: Job) -> Sprite:
    from PIL import Image

    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    told = provenance.read(png)
    return Sprite(
        pixels,
        piece,
        Provenance(
            backend=job.backend or "preview",
            model=told.get("Model", "unknown"),
            preset=job.request.preset,
            seed=int(told.get("Seed", job.seed)),
            credit=told.get("Copyright"),
        ),
    )


def _atlas(sprites: Sequence[Sprite]) -> Atlas:
    return packed(_named(sprites))


def _named(sprites: Sequence[Sprite]) -> Mapping[str, NDArray[np.uint8]]:
    return {each.piece.name: each.pixels for each in sprites}


def _licence(made: Sequence[Provenance]) -> str:
    credits = sorted({each.credit for each in made if each.credit})
    return _LICENCE + (_CREDITS + "\n".join(credits) + "\n" if credits else "")
