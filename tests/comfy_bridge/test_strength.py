"""Sliders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfy_bridge import strength


@pytest.mark.parametrize(("slider", "weight"), [(0, 0.0), (25, 0.425), (50, 0.85), (100, 1.7)])
def test_the_middle_is_the_preset_s_own_weight(slider: int, weight: float) -> None:
    assert strength.style(0.85, slider) == weight


@pytest.mark.parametrize(("slider", "both"), [(0, (0.0, 0.4)), (60, (0.85, 0.75)), (100, (1.2, 1.0))])
def test_the_default_follows_a_sketch_as_the_workflow_was_tuned(slider: int, both: tuple[float, float]) -> None:
    assert strength.sketch(slider) == both


@given(st.integers(0, 99))
def test_more_is_never_less(slider: int) -> None:
    less, more = strength.sketch(slider), strength.sketch(slider + 1)
    assert less[0] < more[0]
    assert less[1] < more[1]
