"""What presets need, against what servers have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from comfy_bridge.inventory import Inventory
from comfy_bridge.models import same
from comfy_bridge.preflight import judge
from herofactory.studio.presets.preset import presets
from tests.support.comfyui.nodes import object_info
from tests.support.comfyui.traps import Traps


def inventory(**traps: Any) -> Inventory:
    """As it arrives: through JSON."""
    return Inventory(json.loads(json.dumps(object_info(Traps(**traps)))))


@pytest.mark.parametrize("separator", ["/", "\\"])
@pytest.mark.parametrize("combo", ["list", "COMBO"])
def test_a_complete_server_serves_every_preset(separator: str, combo: str) -> None:
    found = judge(inventory(separator=separator, combo=combo), presets().values())
    assert found.served == set(presets())
    assert found.summary() == ""


def test_every_missing_class_and_model_is_named_at_once_with_the_presets_that_wait() -> None:
    missing = frozenset({"Game Icon Diablo Style", "controlnet-scribble-sdxl-1.0", "LatentUpscaleBy"})
    found = judge(inventory(missing=missing), presets().values())
    assert found.lacking["pixel-icon"] == (
        "model Game Icon Diablo Style (LoraLoaderModelOnly)",
        "model controlnet-scribble-sdxl-1.0 (ControlNetLoader)",
        "node LatentUpscaleBy",
    )
    assert found.lacking["flat-ui"] == ("model controlnet-scribble-sdxl-1.0 (ControlNetLoader)",)
    assert "node LatentUpscaleBy for pixel-icon" in found.summary()
    assert found.served == frozenset()


def test_one_missing_lora_leaves_the_others_served() -> None:
    found = judge(inventory(missing=frozenset({"pixel-art-xl-v1.1"})), presets().values())
    assert found.served == set(presets()) - {"pixel-icon"}


def test_a_sampler_that_is_not_there_is_named() -> None:
    info = json.loads(json.dumps(object_info(Traps())))
    info["KSampler"]["input"]["required"]["sampler_name"] = [["euler"], {}]
    found = judge(Inventory(info), presets().values())
    assert "sampler_name dpmpp_sde (KSampler)" in found.lacking["pixel-icon"]


def test_a_new_required_input_of_a_node_is_named() -> None:
    info = json.loads(json.dumps(object_info(Traps())))
    info["SaveImage"]["input"]["required"]["licence"] = ["STRING", {}]
    assert judge(Inventory(info), presets().values()).lacking["cartoon"] == (
        "node SaveImage without a required licence",
    )


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("Juggernaut XL Lightning V9", "SDXL\\Juggernaut_XL_Lightning_V9.safetensors", True),
        ("pixel-art-xl-v1.1", "a/b/pixel-art-xl-v1.1.safetensors", True),
        ("pixel-art-xl-v1.1", "pixel-art-xl-v1.2.safetensors", False),
        ("detail", "more_detail.safetensors", False),
        ("model.ckpt", "model.safetensors", True),
    ],
)
def test_names_are_compared_without_folders_extension_and_punctuation(one: str, other: str, equal: bool) -> None:
    assert same(one, other) is equal


def test_of_several_that_fit_the_exact_one_wins_then_the_first() -> None:
    options = [["z/my-model.safetensors", "a/My_Model.safetensors", "my model"], {}]
    found = Inventory({"L": {"input": {"required": {"lora_name": options}}}})
    assert found.model("L", "lora_name", "my model") == "my model"
    assert found.model("L", "lora_name", "MY-MODEL") == "a/My_Model.safetensors"
    assert found.model("L", "lora_name", "another") is None


def test_odd_descriptions_of_nodes_are_no_choices() -> None:
    odd: list[Any] = [None, [], "COMBO", ["COMBO"], ["COMBO", {}], [{}]]
    for spec in odd:
        assert Inventory({"L": {"input": {"required": {"lora_name": spec}}}}).options("L", "lora_name") is None
