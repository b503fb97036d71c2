from __future__ import annotations

import pytest

from herofactory.platform.addresses import split_auth, without_password


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("http://host:1/path", "http://host:1/path"),
        ("http://user:secret@host:1/path", "http://host:1/path"),
        ("https://user:s/e@c#ret@host", "https://host"),
        ("http://a:secret@one:9200, http://b:secret@two:9200", "http://one:9200, http://two:9200"),
        ("redis://:secret@host:6379/0", "redis://host:6379/0"),
    ],
)
def test_an_address_is_shown_without_user_and_password(given: str, shown: str) -> None:
    assert without_password(given) == shown


def test_user_and_password_reach_the_client_apart_and_decoded() -> None:
    assert split_auth("https://us%40er:p%2Fw@host:1/api") == ("https://host:1/api", ("us@er", "p/w"))
    assert split_auth("http://host:1") == ("http://host:1", None)
