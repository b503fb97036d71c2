from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.eventlog.embedded.headers import decode, encode


@given(st.dictionaries(st.text(max_size=60), st.binary()))
def test_any_header_survives(headers: dict[str, bytes]) -> None:
    assert decode(encode(headers)) == headers


def test_no_headers_take_no_space() -> None:
    assert encode({}) is None
    assert decode(None) == {}


def test_a_name_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 255"):
        encode({"x" * 256: b""})
