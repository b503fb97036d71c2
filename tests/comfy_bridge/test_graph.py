"""Graphs from templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from comfy_bridge.graph import build
from comfy_bridge.templates.binding import TemplateError
from comfy_bridge.templates.template import templates
from comfy_bridge.values import PREFIX, graph_of, template_of
from herofactory.studio.presets.preset import Lora, Preset, presets
from tests.support.comfyui.links import links_fit
from tests.support.comfyui.nodes import object_info
from tests.support.comfyui.traps import Traps
from tests.support.comfyui.validate import validate
from tests.support.rendering import SELFTEST, request

PIXEL = presets()["pixel-icon"]


def made(preset: Preset = PIXEL, sketch: str | None = "s.png", **fields: Any) -> Mapping[str, Any]:
    return graph_of(preset, request(preset.name, **({"size": 1024} | fields)), sketch, "job").graph


def inputs(graph: Mapping[str, Any], node: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = graph[node]["inputs"]
    return found


def test_the_pixel_icon_has_the_numbers_it_was_tuned_with() -> None:
    graph = made(seed=5)
    assert inputs(graph, "pass1") == {
        "model": ["lora2", 0],
        "positive": ["apply", 0],
        "negative": ["apply", 1],
        "latent_image": ["latent", 0],
        "seed": 5,
        "steps": 5,
        "cfg": 2.5,
        "sampler_name": "dpmpp_sde",
        "scheduler": "normal",
        "denoise": 1.0,
    }
    second = inputs(graph, "pass2")
    assert [second[name] for name in ("seed", "steps", "cfg", "denoise")] == [5, 6, 2.0, 0.5]
    assert inputs(graph, "latent") == {"width": 512, "height": 512, "batch_size": 1}
    assert inputs(graph, "up") == {"samples": ["pass1", 0], "upscale_method": "nearest-exact", "scale_by": 2.0}
    assert inputs(graph, "lora1")["strength_model"] == 0.5
    assert inputs(graph, "lora2")["strength_model"] == 0.85
    assert inputs(graph, "clip")["stop_at_clip_layer"] == -2
    apply = inputs(graph, "apply")
    assert [apply[name] for name in ("strength", "start_percent", "end_percent")] == [0.85, 0.0, 0.75]
    assert inputs(graph, "pos")["text"] == (
        "(pixel art:1.1), cartoon illustration, simple black background, game icon, a sword"
    )
    assert inputs(graph, "neg")["text"] == "lowres, worst quality, bad quality"


def test_words_alone_leave_the_sketch_s_nodes_out() -> None:
    graph = made(sketch=None)
    assert not {"cnet", "sketch", "apply"} & set(graph)
    assert inputs(graph, "pass2")["positive"] == ["pos", 0]
    assert inputs(graph, "pass2")["negative"] == ["neg", 0]


def test_a_sketch_of_strength_nothing_is_left_out() -> None:
    assert made(sketch_strength=0).keys() == made(sketch=None).keys()


def test_no_style_leaves_the_loras_out() -> None:
    graph = made(style_strength=0)
    assert not {"lora1", "lora2"} & set(graph)
    assert inputs(graph, "pass1")["model"] == ["ckpt", 0]


def test_the_style_slider_scales_every_lora() -> None:
    graph = made(style_strength=100)
    assert [inputs(graph, name)["strength_model"] for name in ("lora1", "lora2")] == [1.0, 1.7]


def test_variations_share_models_and_words_and_count_seeds_up() -> None:
    built = graph_of(PIXEL, request("pixel-icon", size=1024, seed=9, variations=3), None, "job")
    assert built.saves == ("save", "save-2", "save-3")
    assert [inputs(built.graph, name)["seed"] for name in ("pass1", "pass2-2", "pass1-3")] == [9, 10, 11]
    assert inputs(built.graph, "pass2-3")["latent_image"] == ["up-3", 0]
    assert inputs(built.graph, "pass2-3")["model"] == ["lora2", 0]
    prefixes = [inputs(built.graph, name)["filename_prefix"] for name in built.saves]
    assert prefixes == [f"{PREFIX}job", f"{PREFIX}job-2", f"{PREFIX}job-3"]
    assert sum(node["class_type"] == "CheckpointLoaderSimple" for node in built.graph.values()) == 1
    assert built.weights["pass2"] == built.weights["pass2-3"]


@pytest.mark.parametrize("preset", [*presets().values(), SELFTEST], ids=lambda preset: preset.name)
@pytest.mark.parametrize("sketch", [None, "s.png"])
def test_every_preset_makes_a_graph_that_a_server_accepts(preset: Preset, sketch: str | None) -> None:
    graph = made(preset, sketch, size=1024, variations=4)
    info = object_info(Traps())
    assert list(links_fit(graph, info)) == []
    wrong = validate(graph, Traps(), {"s.png": b""}).node_errors
    # Names of models are the server's: everything else is as it should be.
    assert all("not in" in each["details"] for node in wrong.values() for each in node["errors"])


def test_what_a_user_typed_is_a_text_and_nothing_else() -> None:
    hostile = '](embedding:x) "},"evil":{"class_type":"Exec"} ../../etc/passwd'
    plain, attacked = made(), made(english=hostile, negative=hostile, text=hostile)
    assert plain.keys() == attacked.keys()
    different = {
        (name, field)
        for name, node in plain.items()
        for field, value in node["inputs"].items()
        if attacked[name]["inputs"][field] != value
    }
    assert different == {("pos", "text"), ("neg", "text")}


def test_a_value_out_of_bounds_is_named() -> None:
    with pytest.raises(TemplateError, match="size = 4096: must be at most 2048"):
        made(size=4096)


def test_a_value_that_is_missing_or_unknown_is_named() -> None:
    selftest = templates()["selftest"]
    with pytest.raises(TemplateError, match="no value for size"):
        build(selftest, {"seed": 1, "batch": 1, "output": "x"})
    with pytest.raises(TemplateError, match="has no colour"):
        build(selftest, {"seed": 1, "batch": 1, "output": "x", "size": 64, "colour": 5})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"workflow": "nowhere"}, "no workflow 'nowhere'"),
        ({"workflow": "native-1024", "loras": tuple(Lora(str(n), 1.0) for n in range(3))}, "room for 2 LoRAs"),
        ({"workflow": "native-1024"}, "makes 1 passes"),
    ],
)
def test_a_preset_that_does_not_fit_its_workflow_is_named(fields: dict[str, Any], said: str) -> None:
    preset = Preset("odd", "", "", "", **({"checkpoint": ""} | fields))
    with pytest.raises(TemplateError, match=f"preset odd: .*{said}"):
        template_of(preset)
