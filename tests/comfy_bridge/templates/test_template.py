"""Templates are checked when they are loaded."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from comfy_bridge.templates.binding import Binding, TemplateError
from comfy_bridge.templates.template import Template, templates

Change = Callable[[dict[str, Any]], object]


def selftest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files("comfy_bridge.templates") / "selftest.json").read_text("utf-8"))
    return found


def test_the_three_workflows_are_there_and_consist_of_core_nodes() -> None:
    assert set(templates()) == {"pixel-icon", "native-1024", "selftest"}
    assert (templates()["pixel-icon"].passes, templates()["native-1024"].passes) == (2, 1)
    assert templates()["pixel-icon"].lora_slots == ("lora1", "lora2")


def test_the_pixel_icon_binds_all_that_a_job_decides() -> None:
    assert {
        "positive",
        "negative",
        "sketch",
        "seed",
        "size",
        "batch",
        "sketch_strength",
        "sketch_end",
        "lora1_weight",
        "lora2_weight",
        "detail",
        "output",
    } <= set(templates()["pixel-icon"].bindings)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t["bindings"].pop("seed"), "declares 'seed', nothing binds it"),
        (lambda t: t["bindings"].update(seed=[]), "declares 'seed', nothing binds it"),
        (lambda t: t["schema"].pop("size"), "lacks 'size'"),
        (lambda t: t["schema"].pop("size"), "'size' is bound, the schema does not declare it"),
        (lambda t: t["bindings"].update(size=["nowhere.width"]), "'size' binds node 'nowhere', which the graph lacks"),
        (lambda t: t["bindings"].update(size=["scale.depth"]), "'size' binds scale.depth, which ImageScale lacks"),
        (lambda t: t.update(save="keep"), "save names node 'keep'"),
        (lambda t: t["stages"].update(gone={"stage": "x", "weight": 1}), "stages names node 'gone'"),
        (lambda t: t["graph"].update({"a-b": {"class_type": "X", "inputs": {}}}), "'a-b' has a dash"),
        (lambda t: t["graph"]["save"]["inputs"].update(images=["lost", 0]), "save.images links to 'lost'"),
        (lambda t: t["optional"].update(x={"drop": ["y"], "pass": {}}), "optional 'x' names node 'y'"),
        (lambda t: t.pop("graph"), "has no 'graph'"),
    ],
)
def test_what_does_not_fit_is_named(change: Change, said: str) -> None:
    fields = selftest()
    change(fields)
    with pytest.raises(TemplateError, match="template selftest: ") as caught:
        Template.from_json(fields)
    assert said in str(caught.value)


def test_all_faults_are_named_at_once() -> None:
    fields = copy.deepcopy(selftest())
    fields["bindings"].update(size=["nowhere.width"], seed=["image.colour"])
    with pytest.raises(TemplateError, match=r"nowhere.*image\.colour|image\.colour.*nowhere"):
        Template.from_json(fields)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "must be float"),
        ("1", "must be float"),
        (float("nan"), "at least"),
        (float("inf"), "at most"),
        (-0.1, "at least 0"),
        (1.1, "at most 1"),
    ],
)
def test_a_value_of_the_wrong_kind_or_size_is_refused(value: Any, said: str) -> None:
    binding = Binding.from_json("detail", {"type": "float", "min": 0, "max": 1}, ["a.b"])
    with pytest.raises(TemplateError, match=said):
        binding.check(value)


def test_a_size_must_fit_the_grid_of_the_latent() -> None:
    with pytest.raises(TemplateError, match="multiple of 16"):
        templates()["pixel-icon"].bindings["size"].check(1000)
