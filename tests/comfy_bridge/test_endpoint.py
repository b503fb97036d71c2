"""Where servers answer."""

from __future__ import annotations

import pytest

from comfy_bridge.endpoint import Endpoint, endpoints


def test_a_setting_names_several_servers_each_once() -> None:
    found = endpoints(" http://127.0.0.1:8188/, https://gpu.example/comfy ,http://127.0.0.1:8188,")
    assert [each.base for each in found] == ["http://127.0.0.1:8188", "https://gpu.example/comfy"]


def test_an_empty_setting_names_none() -> None:
    assert endpoints("") == []


def test_credentials_go_into_the_connection_and_not_into_the_name() -> None:
    endpoint = Endpoint.parse("https://me:p%40ss@gpu.example")
    assert endpoint.base == "https://gpu.example"
    assert endpoint.auth == ("me", "p@ss")
    assert endpoint.websocket("abc") == "wss://me:p%40ss@gpu.example/ws?clientId=abc"


def test_an_address_of_version_6_keeps_its_brackets() -> None:
    assert Endpoint.parse("http://[::1]:8188").websocket("a") == "ws://[::1]:8188/ws?clientId=a"


@pytest.mark.parametrize("url", ["127.0.0.1:8188", "file:///etc/passwd", "ftp://host", "http://", "http://me:secret@"])
def test_anything_but_http_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="COMFYUI_URL") as caught:
        Endpoint.parse(url)
    assert "secret" not in str(caught.value)


def test_an_address_with_a_query_is_refused() -> None:
    with pytest.raises(ValueError, match="no \\?"):
        Endpoint.parse("http://host/?token=1")
