"""The drawing as a relief: how high and how steep every region's surface is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from comfy_bridge.preview.fields import Field, Mask, blur, clamp, distance, field, inflate, resize, slopes
from comfy_bridge.preview.regions import Drawing, Region

REACH = 96
"""Pixels of the drawing up to which distances to an edge are measured."""


@dataclass(frozen=True, slots=True)
class Light:
    """Direction to the light, a unit vector: right, down, towards the viewer."""

    x: float
    y: float
    z: float

    @classmethod
    def from_angle(cls, degrees: float, height: float = 0.62) -> Light:
        """`degrees`: 0 from above, -45 from the upper left."""
        flat = np.sqrt(1 - height * height)
        return cls(float(np.sin(np.radians(degrees)) * flat), float(-np.cos(np.radians(degrees)) * flat), height)

    def on(self, right: Field, down: Field, up: Field) -> Field:
        return field(right * np.float32(self.x) + down * np.float32(self.y) + up * np.float32(self.z))


@dataclass(frozen=True, slots=True)
class Relief:
    """Fields of the drawing's size. `dome`: each region blown up, 0..1; `body`: the silhouette as a whole, 0..1."""

    dome: Field
    body: Field
    depth: Field
    """Distance to the region's edge, pixels."""
    body_depth: Field

    @classmethod
    def of(cls, drawing: Drawing) -> Relief:
        solid = (drawing.labels > 0) & ~drawing.lines & ~_seams(drawing)
        film, body = inflate(solid), inflate(drawing.silhouette)
        peaks = np.full(int(drawing.labels.max()) + 1, 1e-6, np.float32)
        np.maximum.at(peaks, drawing.labels.ravel(), film.ravel())
        dome = np.sqrt(clamp(film / peaks[drawing.labels]))
        whole = np.sqrt(clamp(body / max(float(body.max()), 1e-6)))
        return cls(dome, whole, distance(solid, REACH), distance(drawing.silhouette, REACH))


def _seams(drawing: Drawing) -> Mask:
    """Where two regions meet without a line between them."""
    labels = drawing.labels
    seam = np.zeros(labels.shape, np.bool_)
    seam[:, 1:] |= (labels[:, 1:] != labels[:, :-1]) & (labels[:, 1:] > 0) & (labels[:, :-1] > 0)
    seam[1:] |= (labels[1:] != labels[:-1]) & (labels[1:] > 0) & (labels[:-1] > 0)
    return seam


@dataclass(frozen=True, slots=True)
class Surface:
    """One region's surface at the picture's size, cut to its box. Normals are unit vectors."""

    region: Region
    right: Field
    down: Field
    up: Field
    depth: Field
    """Pixels of the picture to the region's edge."""
    deep: Field
    """The same, 1 in the middle."""
    body_depth: Field
    along: Field
    """Pixels of the picture from the region's centre along its axis."""
    across: Field
    x: Field
    y: Field
    """Position in the region's box, 0..1."""
    origin: tuple[int, int]
    """Top and left of the box in the picture."""
    picture: int
    broad: bool

    @property
    def shape(self) -> tuple[int, int]:
        return self.up.shape[0], self.up.shape[1]


def surface(relief: Relief, region: Region, box: tuple[int, int, int, int], scale: int, sharp: float) -> Surface:
    """`box` in pixels of the drawing; `sharp`: 0 a pillow .. 1 chiselled up to its middle line."""
    top, bottom, left, right = box
    part = (slice(top, bottom), slice(left, right))
    broad = region.inradius > 40
    bevel = min(region.inradius, 9.0) if broad else region.inradius
    chisel = np.minimum(relief.depth[part], np.float32(bevel))
    puff = np.float32(min(region.inradius, 75.0) * (1.0 - (0.25 if broad else 0.75) * sharp))
    body = np.float32(26.0)
    height = blur(chisel * np.float32(0.95 * sharp), 0.8) + relief.dome[part] * puff + relief.body[part] * body
    dx, dy = slopes(blur(height, 1.2))
    size = ((right - left) * scale, (bottom - top) * scale)
    dx, dy = resize(dx, *size), resize(dy, *size)
    up = 1 / np.sqrt(dx * dx + dy * dy + np.float32(0.75))
    depth = resize(relief.depth[part], *size) * scale
    y, x = np.indices((size[1], size[0]), dtype=np.float32)
    cy, cx = (region.centre[0] - top) * scale, (region.centre[1] - left) * scale
    ay, ax = region.axis
    return Surface(
        region=region,
        right=-dx * up,
        down=-dy * up,
        up=up * np.float32(0.866),
        depth=depth,
        deep=clamp(depth / max(1.0, region.inradius * scale)),
        body_depth=resize(relief.body_depth[part], *size) * scale,
        along=(y - cy) * ay + (x - cx) * ax,
        across=(y - cy) * ax - (x - cx) * ay,
        x=x / size[0],
        y=y / size[1],
        origin=(top * scale, left * scale),
        picture=relief.depth.shape[0] * scale,
        broad=broad,
    )
