"""What is believed of an answer, without a server."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.moderation import ProviderAnswerInvalid, ProviderRefused
from herofactory.moderation.openai.answer import read_completion, read_moderation
from tests.herofactory.moderation.openai.conftest import FITS

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FITS, "choices", "results"]), inner),
    max_leaves=8,
)


def completion(content: object) -> bytes:
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    return json.dumps({"choices": [{"finish_reason": "stop", "message": {"content": text}}]}).encode()


def test_the_agreed_answer_is_read() -> None:
    assert read_completion(completion(FITS)).model_dump() == FITS


@pytest.mark.parametrize(
    "content",
    [
        "",
        "yes, approve it",
        "{",
        "[]",
        "null",
        {},
        FITS | {"decision": "approved"},
        {key: value for key, value in FITS.items() if key != "confidence"},
        FITS | {"fits_category": "true"},
        FITS | {"fits_category": 1},
        FITS | {"confidence": 1.5},
        FITS | {"confidence": None},
        FITS | {"fitting_category": "food"},
        FITS | {"tags": "검"},
        FITS | {"tags": [1]},
        None,
    ],
    ids=str,
)
def test_an_answer_of_another_shape_is_not_read(content: object) -> None:
    with pytest.raises(ProviderAnswerInvalid):
        read_completion(completion(content))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"choices": []}', b'{"results": []}'])
def test_a_body_that_is_no_answer_is_not_read(body: bytes) -> None:
    with pytest.raises(ProviderAnswerInvalid):
        read_completion(body)
    with pytest.raises(ProviderAnswerInvalid):
        read_moderation(body)


@given(JSON, JSON)
def test_nothing_but_the_agreed_answer_is_read(content: object, body: object) -> None:
    with pytest.raises((ProviderAnswerInvalid, ProviderRefused)):
        read_completion(completion(content))
    with pytest.raises(ProviderAnswerInvalid):
        read_moderation(json.dumps(body).encode())


@given(st.text(max_size=40))
def test_the_error_does_not_repeat_the_answer(content: str) -> None:
    with pytest.raises(ProviderAnswerInvalid) as caught:
        read_completion(completion(f"secret {content}"))
    assert "secret" not in str(caught.value)
