from __future__ import annotations

import pytest

from herofactory.accounts.token_store import RefreshToken, UnknownToken


def test_a_token_survives_its_text() -> None:
    token = RefreshToken.first()
    assert RefreshToken.parse(str(token)) == token


def test_the_secret_is_not_shown_by_accident() -> None:
    token = RefreshToken.first()
    assert token.secret not in repr(token)


@pytest.mark.parametrize("text", ["", ".", "a.b", "x" * 36 + "." + "y" * 43, "가" * 80, "1" * 100_000])
def test_what_is_no_token_is_unknown(text: str) -> None:
    with pytest.raises(UnknownToken):
        RefreshToken.parse(text)
