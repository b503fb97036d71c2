"""What each preset needs, against what the server has; asked at start, and again after the server was away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from comfy_bridge.client import ComfyClient
from comfy_bridge.inventory import Inventory
from comfy_bridge.templates.template import templates
from comfy_bridge.values import graph_of, template_of
from herofactory.studio.jobs.request import GenerationRequest
from herofactory.studio.presets.preset import Preset


@dataclass(frozen=True, slots=True)
class Preflight:
    inventory: Inventory = field(default_factory=lambda: Inventory({}))
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By preset, all that is missing; presets that can be served are not in it."""
    served: frozenset[str] = frozenset()

    def summary(self) -> str:
        """One line for operators with every missing name and the presets that wait for it."""
        wanted: dict[str, list[str]] = {}
        for preset, names in self.lacking.items():
            for name in names:
                wanted.setdefault(name, []).append(preset)
        return "; ".join(f"{name} for {', '.join(presets)}" for name, presets in sorted(wanted.items()))


async def inspect(client: ComfyClient, presets: Iterable[Preset]) -> Preflight:
    """Raises Unreachable. One small request per class: the whole of /object_info takes a loaded server seconds."""
    classes = sorted({name for template in templates().values() for name in template.classes})
    asked = {name: await client.node(name) for name in classes}
    return judge(Inventory({name: info for name, info in asked.items() if info is not None}), presets)


def judge(inventory: Inventory, presets: Iterable[Preset]) -> Preflight:
    looked = {preset.name: inventory.lacking(_whole(preset)) for preset in presets}
    served = frozenset(name for name, lacking in looked.items() if not lacking)
    return Preflight(inventory, {name: lacking for name, lacking in looked.items() if lacking}, served)


def _whole(preset: Preset) -> Mapping[str, Mapping[str, object]]:
    """The graph with all of its options in use, as a request with a sketch would have it."""
    sketch = "sketch.png" if "sketch" in template_of(preset).optional else None
    request = GenerationRequest(text="", english="", negative="", preset=preset.name, seed=0)
    return graph_of(preset, request, sketch, "preflight").graph
