from __future__ import annotations

import json

import pytest
from fastapi.exceptions import RequestValidationError

from api.errors import as_problem
from api.problem import Problem
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


@pytest.mark.parametrize("text", ["'수정 용' is no missing term", "'\ud800' is no name"])
def test_a_problem_is_told_in_readable_text_and_always(text: str) -> None:
    body = bytes(Problem("NOT_FOUND", text, errors=[(text, text)]).response().body)
    assert json.loads(body)["detail"] == text
    assert ("수정 용" in body.decode()) == ("수정 용" in text)


def test_what_is_wrong_is_said_without_the_words_of_a_library() -> None:
    found = [
        {"type": "value_error", "loc": ("body", "pixel"), "msg": "Value error, send `colours` or `palette`, not both"},
        {"type": "value_error", "loc": ("body", "file"), "msg": "Value error, Expected UploadFile, received: str"},
    ]
    problem = as_problem(RequestValidationError(found))
    assert problem is not None
    assert problem.detail == "pixel: send `colours` or `palette`, not both; file: send a file, with its name"
