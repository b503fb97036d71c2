"""A zip to drop into a project of Godot, Unity or Phaser. The same sprites give the same bytes.

Godot 4: an AtlasTexture per sprite, which names the sheet beside it. Phaser: the sheet and its list as `load.atlas`
reads them. Unity cuts sheets only by its own .meta files, whose ids are the project's: there each sprite is a picture
of its own, and the sheet comes with its list for importers that read it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from herofactory.studio.images.atlas import Atlas, Frame, packed
from herofactory.studio.images.export import encoded
from herofactory.studio.images.provenance import SOFTWARE, Provenance

Pixels = NDArray[np.uint8]
Engine = Literal["godot", "unity", "phaser"]
ENGINES: tuple[Engine, ...] = get_args(Engine)

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can hold."""
_READ_ME = {
    "godot": "Godot 4: copy the folder `{name}` anywhere into the project.\n"
    "Each .tres is a texture for a Sprite2D or TextureRect.\n"
    "Pixel art: Project Settings > Rendering > Textures > Default Texture Filter: Nearest.\n",
    "unity": "Unity: copy the folder `{name}` into Assets.\n"
    "In the inspector of Sprites/: Texture Type Sprite (2D and UI), Sprite Mode Single.\n"
    "Pixel art: Filter Mode Point (no filter), Compression None.\n"
    "atlas.png with atlas.json is for importers of TexturePacker's JSON.\n",
    "phaser": "Phaser 3: copy the folder `{name}` into your assets.\n\n"
    '    this.load.atlas("{name}", "{name}/atlas.png", "{name}/atlas.json"); // in preload()\n'
    '    this.add.sprite(x, y, "{name}", "{first}.png");              // in create()\n\n'
    "Pixel art: pixelArt: true in the game's configuration.\n",
}


def archived(
    name: str, sprites: Mapping[str, Pixels], engine: Engine, provenance: Sequence[Provenance], licence: str
) -> bytes:
    """`sprites` (height, width, 4) by name; `name` is the folder in the zip; `licence` its LICENSE.txt.

    Raises ValueError for a name that is no file name everywhere (letters, digits, - and _), and for no sprites.
    """
    for each in (name, *sprites):
        if not re.fullmatch(r"[\w-]{1,80}", each):
            raise ValueError(f"{each!r} is no name for a file; take letters, digits, - and _")
    atlas = packed(sprites)
    files: dict[str, bytes | str] = {
        "README.txt": _READ_ME[engine].format(name=name, first=min(sprites)),
        "LICENSE.txt": licence.rstrip() + "\n",
        "PROVENANCE.txt": _provenance(provenance),
        "atlas.png": encoded(atlas.pixels, "png", lossless=True),
        **_files(engine, sprites, atlas),
    }
    return _zipped({f"{name}/{path}": data for path, data in files.items()})


def _files(engine: Engine, sprites: Mapping[str, Pixels], atlas: Atlas) -> dict[str, bytes | str]:
    if engine == "godot":
        return {f"{frame.name}.tres": _texture(frame) for frame in atlas.frames}
    listed: dict[str, bytes | str] = {"atlas.json": atlas.to_json()}
    if engine == "unity":
        listed |= {f"Sprites/{name}.png": encoded(rgba, "png", lossless=True) for name, rgba in sprites.items()}
    return listed


def _texture(frame: Frame) -> str:
    """Godot resolves a path without res:// from the folder of the file that names it."""
    wide, high = frame.source_width - frame.width, frame.source_height - frame.height
    return (
        '[gd_resource type="AtlasTexture" load_steps=2 format=3]\n\n'
        '[ext_resource type="Texture2D" path="atlas.png" id="1"]\n\n'
        "[resource]\n"
        'atlas = ExtResource("1")\n'
        f"region = Rect2({frame.x}, {frame.y}, {frame.width}, {frame.height})\n"
        f"margin = Rect2({frame.left}, {frame.top}, {wide}, {high})\n"
        "filter_clip = true\n"
    )


def _provenance(made: Sequence[Provenance]) -> str:
    parts = ("\n".join(f"{name}: {value}" for name, value in each.fields().items()) for each in made)
    return f"Made with {SOFTWARE}.\n\n" + "\n\n".join(parts) + "\n"


def _zipped(files: Mapping[str, bytes | str]) -> bytes:
    """Stored, not packed: pictures are packed already, and another zlib would give other bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EARLIEST)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, data)
    return out.getvalue()
