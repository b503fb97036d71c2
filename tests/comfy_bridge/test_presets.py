"""The presets that ship."""

from __future__ import annotations

import unicodedata

import pytest

from comfy_bridge.preview.look import Look
from comfy_bridge.values import template_of
from herofactory.studio.presets.preset import DEFAULT, Preset, presets

EVERY = pytest.mark.parametrize("preset", presets().values(), ids=lambda preset: preset.name)


def test_the_looks_that_are_promised_are_there() -> None:
    assert set(presets()) == {
        "pixel-icon",
        "native-1024",
        "diablo-icon",
        "cartoon",
        "flat-ui",
        "portrait",
        "tile-background",
    }
    assert presets()[DEFAULT].workflow == "pixel-icon"
    assert presets()[DEFAULT].pixel is not None


@EVERY
def test_a_preset_fits_its_workflow_and_its_preview(preset: Preset) -> None:
    assert template_of(preset).name == preset.workflow
    Look.of(preset.look)


@EVERY
def test_a_preset_has_its_names_in_both_languages_and_is_a_file_of_that_name(preset: Preset) -> None:
    assert presets()[preset.name] is preset
    assert all((preset.title, preset.title_ko, preset.description, preset.negative))
    assert unicodedata.is_normalized("NFC", preset.title_ko)


@EVERY
def test_models_are_base_names(preset: Preset) -> None:
    names = [preset.checkpoint, *(lora.file for lora in preset.loras)]
    assert not [name for name in names if "/" in name or "\\" in name or name.endswith(".safetensors")]
