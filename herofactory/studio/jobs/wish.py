"""What somebody asks for, with most of it left to us; and the request that comes of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from herofactory.assets import repository as assets
from herofactory.catalog.text import InvalidField, line
from herofactory.platform.postgres.database import Connection
from herofactory.studio.jobs.request import SEED_MAX, TEXT_MAX, Background, GenerationRequest, PixelOptions
from herofactory.studio.jobs.words import Words
from herofactory.studio.presets.preset import DEFAULT, Preset


@dataclass(frozen=True, slots=True)
class Wish:
    """None: as the preset has it, or as `GenerationRequest` says."""

    text: str | None = None
    prompt_id: UUID | None = None
    sketch_id: UUID | None = None
    preset: str | None = None
    seed: int | None = None
    seed_locked: bool | None = None
    style_strength: int = 50
    sketch_strength: int = 60
    variations: int = 1
    size: int = 1024
    background: Background | None = None
    pixel: PixelOptions | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt of the caller's that is done."""

    text: str
    english: str
    negative: str
    preset: str | None
    sketch_id: UUID | None


async def fulfil(
    connection: Connection, owner_id: str, wish: Wish, presets: Mapping[str, Preset], words: Words
) -> GenerationRequest:
    """The request, every default filled in. Raises InvalidField, PromptRejected."""
    if (wish.text is None) == (wish.prompt_id is None):
        raise InvalidField("text", "send either `text` or `prompt_id`")
    prompt = await _prompt_of(connection, owner_id, wish, words)
    preset = _preset(wish.preset or prompt.preset or DEFAULT, presets)
    sketch_id = wish.sketch_id or prompt.sketch_id
    if sketch_id and not await assets.owned_by(connection, sketch_id, owner_id):
        raise InvalidField("sketch_id", f"you have uploaded no image {sketch_id}; POST it to /api/v1/uploads first")
    return GenerationRequest(
        text=prompt.text,
        english=prompt.english,
        negative=prompt.negative,
        preset=preset.name,
        seed=_seed(wish),
        seed_locked=_is_locked(wish),
        sketch_id=str(sketch_id) if sketch_id else None,
        style_strength=wish.style_strength,
        sketch_strength=wish.sketch_strength,
        variations=wish.variations,
        size=wish.size,
        background=wish.background or preset.background,
        pixel=_pixel(wish.pixel) or preset.pixel,
    )


async def _prompt_of(connection: Connection, owner_id: str, wish: Wish, words: Words) -> Prompt:
    if wish.prompt_id is not None:
        prompt = await _stored(connection, owner_id, wish.prompt_id)
        words.check(prompt.english)
        return prompt
    text = line("text", wish.text or "", longest=TEXT_MAX)
    words.check(text)
    english, negative = await words.english(text)
    return Prompt(text, english, negative, None, None)


async def _stored(connection: Connection, owner_id: str, prompt_id: UUID) -> Prompt:
    cursor = await connection.execute(
        "SELECT text, preset, sketch_id, state, result FROM prompts WHERE id = %s AND owner_id = %s",
        (prompt_id, owner_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise InvalidField("prompt_id", f"you have no prompt {prompt_id}")
    if row["state"] != "done":
        wrong = "is not done yet: wait for it" if row["state"] == "working" else "failed: make another one"
        raise InvalidField("prompt_id", f"the prompt {prompt_id} {wrong}")
    result = row["result"]
    return Prompt(row["text"], result["english"], result.get("negative", ""), row["preset"], row["sketch_id"])


def _preset(name: str, presets: Mapping[str, Preset]) -> Preset:
    if name not in presets:
        raise InvalidField("preset", f"there is no preset {name[:50]!r}; choose one of {', '.join(presets)}")
    return presets[name]


def _pixel(pixel: PixelOptions | None) -> PixelOptions | None:
    if pixel and pixel.palette is not None:
        from herofactory.studio.images.palette import PALETTES  # with numpy, which hardly any request needs

        if pixel.palette not in PALETTES:
            known = ", ".join(PALETTES)
            raise InvalidField("pixel.palette", f"there is no palette {pixel.palette!r}; choose one of {known}")
    return pixel


def _is_locked(wish: Wish) -> bool:
    """A seed that is given is meant, unless it is said not to be."""
    if wish.seed is None and wish.seed_locked:
        raise InvalidField("seed", "give the seed that is to be locked, or leave `seed_locked` out")
    return wish.seed is not None if wish.seed_locked is None else wish.seed_locked


def _seed(wish: Wish) -> int:
    if wish.seed is not None and _is_locked(wish):
        return wish.seed
    # Room for the variations, whose seeds count up from it.
    return secrets.randbelow(SEED_MAX - 4)
