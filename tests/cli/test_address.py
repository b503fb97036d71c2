from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from cli.address import url_of


@pytest.mark.parametrize(
    ("listens_on", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("shop.example", "http://shop.example:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104  (looked up, not bound)
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_what_listens_is_found_and_its_url_read_back_leads_there_again(listens_on: str, url: str) -> None:
    assert url_of(listens_on, 8000) == url
    host = urlsplit(url).hostname
    assert host is not None
    assert url_of(host, 8000) == url
