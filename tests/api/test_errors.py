from __future__ import annotations

import pytest

from api.errors import as_problem
from herofactory.studio.images.reading import InvalidSketch, SketchTooLarge


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (SketchTooLarge("the sketch has 9 bytes; at most 8 are taken"), "IMAGE_TOO_LARGE", 413),
        (InvalidSketch("BROKEN", "the sketch is a broken PNG image"), "INVALID_IMAGE", 422),
        (InvalidSketch("TOO_NARROW", "the sketch is a strip"), "INVALID_IMAGE", 422),
    ],
)
def test_a_file_that_is_no_sketch_is_the_callers_mistake(error: InvalidSketch, code: str, status: int) -> None:
    problem = as_problem(error)
    assert problem is not None
    assert (problem.code, problem.status_code, problem.detail) == (code, status, str(error))
