"""Which region of a drawing is made of what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from comfy_bridge.preview.fields import Rng
from comfy_bridge.preview.materials import MATERIALS, Material
from comfy_bridge.preview.regions import Drawing, Region
from comfy_bridge.preview.words import Theme

ALIKE = 0.5
"""A region of at least this share of a group's largest belongs to the group."""


@dataclass(frozen=True, slots=True)
class Cast:
    material: Material
    facing: float
    """Towards the light, -1..1, from where it lies in its group."""
    many: bool


def cast(drawing: Drawing, theme: Theme, light: tuple[float, float], rng: Rng) -> Mapping[int, Cast | None]:
    """By label; None is a hole. `light`: direction in the picture, right and down."""
    parts = _varied(theme, rng)
    regions = list(drawing.regions)
    roles: dict[int, Cast | None] = {}
    if theme.thing.eyes:
        roles.update(_eyes(regions))
    if theme.thing.holes:
        roles.update({region.label: None for region in regions if _looks_through(region)})
    rest = [region for region in regions if region.label not in roles]
    groups = _person(rest, regions, roles) if theme.thing.shape == "portrait" else _groups(rest)
    for number, group in enumerate(groups):
        material = parts[number] if number < len(parts) else parts[number % len(parts)]
        roles.update({region.label: Cast(material, 0.0, False) for region in group})
    return _lit(regions, _kindled(regions, roles), light)


def _kindled(regions: Sequence[Region], roles: dict[int, Cast | None]) -> dict[int, Cast | None]:
    """Within a flame there is more flame, hotter."""
    for region in regions:
        around, own = roles.get(region.inside), roles[region.label]
        if around and own and around.material.kind == "fire":
            hotter = replace(around.material, colour=around.material.colour.turned(14).lit(0.08))
            roles[region.label] = replace(own, material=hotter)
    return roles


def _lit(
    regions: Sequence[Region], roles: Mapping[int, Cast | None], light: tuple[float, float]
) -> Mapping[int, Cast | None]:
    """Pieces of one material are as light as they look towards the light from their common centre."""
    same: defaultdict[str, list[Region]] = defaultdict(list)
    for region in regions:
        role = roles[region.label]
        if role:
            same[role.material.name].append(region)
    found = dict(roles)
    for pieces in same.values():
        for region in pieces:
            role = roles[region.label]
            assert role is not None
            found[region.label] = replace(role, facing=_facing(region, pieces, light), many=len(pieces) > 2)
    return found


def _varied(theme: Theme, rng: Rng) -> Sequence[Material]:
    """What no word asked for may differ from seed to seed."""
    turns = rng.uniform(-1, 1, len(theme.parts))
    lights = rng.uniform(-0.05, 0.05, len(theme.parts))
    found = []
    for number, (part, turn, light) in enumerate(zip(theme.parts, turns, lights, strict=True)):
        most = 6.0 if number < theme.asked and not theme.free else 16.0
        colour = part.colour.turned(float(turn) * most).lit(float(light))
        found.append(Material(part.name, part.kind, colour, part.gloss, part.texture, part.glow, part.contrast))
    return found


def _person(
    rest: Sequence[Region], regions: Sequence[Region], roles: Mapping[int, Cast | None]
) -> Sequence[Sequence[Region]]:
    """The face, which the eyes are in; hair and what else is above its middle; clothes; then the small things."""
    faces = {region.inside for region in regions if region.label in roles} - {0}
    middle = min(rest, key=lambda region: abs(region.centre[0] - 210) / region.area**0.5, default=None)
    face = next((region for region in rest if region.label in faces), middle)
    if face is None:
        return []
    large = [region for region in rest if region is not face and region.area > 0.2 * face.area]
    above = [region for region in large if region.centre[0] <= face.centre[0]]
    below = [region for region in large if region not in above]
    small = [region for region in rest if region is not face and region not in large]
    skin = [region for region in small if face.centre[0] < region.centre[0] and region.elongation < 2.5]
    return [[face, *skin], above, below, [region for region in small if region not in skin]]


def _groups(regions: Sequence[Region]) -> list[list[Region]]:
    """Of like size and like build; what covers most comes first, a rim after what it goes round."""
    groups: list[list[Region]] = []
    for region in regions:
        home = next((group for group in groups if _like(region, group[0])), None)
        if home:
            home.append(region)
        else:
            groups.append([region])
    return sorted(groups, key=lambda group: -sum(region.area * (0.4 if _rim(region) else 1.0) for region in group))


def _rim(region: Region) -> bool:
    """Thin, but not long: it goes round something."""
    return _compact(region) < 0.27 and region.elongation < 2.2


def _compact(region: Region) -> float:
    """1.1 for a disc, small for a rim or a stick."""
    return 2 * region.inradius / float(np.sqrt(region.area))


def _like(region: Region, other: Region) -> bool:
    build = (_compact(region) + 0.05) / (_compact(other) + 0.05)
    length = region.elongation / other.elongation
    return region.area >= ALIKE * other.area and 0.6 < build < 1.67 and 0.55 < length < 1.8


def _facing(region: Region, group: Sequence[Region], light: tuple[float, float]) -> float:
    if len(group) < 2:
        return 0.0
    cy = float(np.mean([each.centre[0] for each in group]))
    cx = float(np.mean([each.centre[1] for each in group]))
    dy, dx = region.centre[0] - cy, region.centre[1] - cx
    away = float(np.hypot(dx, dy)) or 1.0
    return (dx * light[0] + dy * light[1]) / away


def _looks_through(region: Region) -> bool:
    return region.inside > 0 and region.elongation < 2.2 and region.inradius > 8


def _eyes(regions: Sequence[Region]) -> Mapping[int, Cast]:
    """Pairs of like size and height: dark, or white where they hold pupils."""
    small = [region for region in regions[1:] if region.inside and region.elongation < 2.5]
    found: dict[int, Cast] = {}
    for one in small:
        twin = next((other for other in small if other is not one and _twins(one, other)), None)
        if twin is None or one.area > 0.12 * regions[0].area:
            continue
        holds = any(_within(other, one) for other in small)
        name = "white" if holds else "eye"
        found[one.label] = Cast(MATERIALS[name], 0.0, False)
    return found


def _twins(one: Region, other: Region) -> bool:
    ratio = one.area / max(1, other.area)
    level = abs(one.centre[0] - other.centre[0]) < 0.6 * (one.box[1] - one.box[0] + 8)
    return 0.5 < ratio < 2.0 and level


def _within(inner: Region, outer: Region) -> bool:
    top, bottom, left, right = outer.box
    y, x = inner.centre
    return inner is not outer and inner.area < outer.area and top <= y < bottom and left <= x < right
