from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

import api

pytestmark = pytest.mark.anyio
STATIC = Path(api.__file__).parent / "static"


async def test_the_page_and_its_files_are_served(client: httpx.AsyncClient) -> None:
    page = await client.get("http://hero/")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert len(files) == 3
    for file in files:
        assert (await client.get(f"http://hero{file}")).status_code == 200


async def test_the_documentation_is_served(client: httpx.AsyncClient) -> None:
    assert "/openapi.json" in (await client.get("http://hero/docs")).text


def test_the_page_loads_nothing_from_elsewhere_and_makes_no_markup_of_text() -> None:
    for file in STATIC.iterdir():
        text = file.read_text(encoding="utf-8")
        assert not re.search(r'(?:src|href|url|import)\s*[=(]?\s*["\'(]?\s*(?:https?:)?//', text), file.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", text)
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=", html)


def test_every_field_of_the_page_has_a_label() -> None:
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    for field in re.findall(r'<(?:input|select) id="(\w+)"', html):
        assert re.search(f'<label [^>]*for="{field}"', html)
