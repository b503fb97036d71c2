"""The steps of a workshop that work on pictures. Loaded by whoever makes pictures only: their libraries are large."""

from __future__ import annotations

from collections.abc import Sequence

from herofactory.studio.images import finishing
from herofactory.studio.images.provenance import Provenance
from herofactory.studio.images.sketch import InvalidSketch, SketchLimits
from herofactory.studio.images.sketch import normalise as normalise_sketch
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.queue import Made
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask


def normalise(data: bytes, limits: SketchLimits | None = None) -> bytes | None:
    """A Normalise. Raises RenderError INVALID_SKETCH."""
    try:
        sketch = normalise_sketch(data, limits)
    except InvalidSketch as error:
        raise RenderError("INVALID_SKETCH", str(error)) from error
    return None if sketch.blank else sketch.png


def finish(raw: RawImage, task: RenderTask, job: Job) -> Sequence[Made]:
    """A Finish."""
    assert job.backend is not None
    preset = task.preset
    model = preset.checkpoint if job.backend == "comfyui" else "preview"
    provenance = Provenance(preset=preset.name, seed=raw.seed, backend=job.backend, model=model, credit=raw.credit)
    assets = finishing.finish(raw, task.request, preset, provenance).assets
    return [Made(each.kind, f"{each.kind}-{raw.seed}", each.image, raw.credit) for each in assets]
