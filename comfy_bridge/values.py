"""What a task puts into its template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from comfy_bridge import strength, wording
from comfy_bridge.graph import Built, build
from comfy_bridge.templates.binding import TemplateError, Value
from comfy_bridge.templates.template import Template, templates
from herofactory.studio.jobs.request import GenerationRequest
from herofactory.studio.presets.preset import Preset

PREFIX = "herofactory/"
"""Folder of the server's outputs."""


@dataclass(frozen=True, slots=True)
class Chosen:
    values: Mapping[str, Value]
    leave_out: frozenset[str]


def template_of(preset: Preset) -> Template:
    """Raises TemplateError where the preset does not fit its template."""
    template = templates().get(preset.workflow)
    if template is None:
        raise TemplateError(
            f"preset {preset.name}: no workflow {preset.workflow!r}; there are {', '.join(templates())}"
        )
    if len(preset.loras) > len(template.lora_slots):
        raise TemplateError(f"preset {preset.name}: {template.name} has room for {len(template.lora_slots)} LoRAs")
    if len(preset.passes) != template.passes:
        raise TemplateError(f"preset {preset.name}: {template.name} makes {template.passes} passes")
    return template


def graph_of(preset: Preset, request: GenerationRequest, sketch: str | None, output: str) -> Built:
    """`sketch`: the name the server gave the upload. `output`: unique per submission; a server that knows every value
    already answers with the old file's name, even where that file is gone."""
    template = template_of(preset)
    chosen = choose(template, preset, request, sketch)
    return build(template, {**chosen.values, "output": PREFIX + output}, chosen.leave_out, request.variations)


def choose(template: Template, preset: Preset, request: GenerationRequest, sketch: str | None) -> Chosen:
    values = {
        **dict(_words(preset, request)),
        **dict(_sampling(preset)),
        **dict(_loras(template, preset, request.style_strength)),
        **dict(_sketch(sketch, request.sketch_strength)),
        "checkpoint": preset.checkpoint,
        "seed": request.seed,
        "size": request.size,
        "batch": 1,
    }
    absent = {name for name in template.optional if name not in values}
    known = {name: value for name, value in values.items() if name in template.bindings}
    return Chosen(known | dict(_fixed(template, absent, known)), frozenset(absent))


def _words(preset: Preset, request: GenerationRequest) -> Iterator[tuple[str, Value]]:
    words = wording.literal(request.english or request.text)
    yield "positive", wording.joined(preset.prefix, words, preset.suffix)
    yield "negative", wording.joined(preset.negative, wording.literal(request.negative))


def _sampling(preset: Preset) -> Iterator[tuple[str, Value]]:
    yield "sampler", preset.sampler
    yield "scheduler", preset.scheduler
    for number, each in enumerate(preset.passes, start=1):
        yield f"pass{number}_steps", each.steps
        yield f"pass{number}_cfg", each.cfg
        # The second pass redraws what the first one made: how much of it is the detail.
        yield ("detail" if number == 2 else f"pass{number}_denoise"), each.denoise


def _loras(template: Template, preset: Preset, style_strength: int) -> Iterator[tuple[str, Value]]:
    for slot, lora in zip(template.lora_slots, preset.loras, strict=False):
        if weight := strength.style(lora.weight, style_strength):
            yield slot, lora.file
            yield f"{slot}_weight", weight


def _sketch(name: str | None, sketch_strength: int) -> Iterator[tuple[str, Value]]:
    much, end = strength.sketch(sketch_strength)
    if name is not None and much > 0:
        yield "sketch", name
        yield "sketch_strength", much
        yield "sketch_end", end


def _fixed(template: Template, absent: set[str], known: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """What no preset says stays as the workflow's file has it: the model that follows sketches."""
    spare = {node for name in absent for node in template.optional[name].drop}
    for name, binding in template.bindings.items():
        target = binding.targets[0]
        if name not in known and name != "output" and target.node not in spare:
            yield name, template.graph[target.node]["inputs"][target.input]
