"""Headers that keep a browser from doing what no answer of ours asks for."""

from __future__ import annotations

from collections.abc import Mapping

_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# The page loads its own files and talks to its own origin; everything else is shut out.
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
# The framework's documentation page is an inline script that loads Swagger UI from a CDN.
_DOCS = (
    "default-src 'none'; script-src 'unsafe-inline' https://cdn.jsdelivr.net; style-src 'unsafe-inline' "
    "https://cdn.jsdelivr.net; img-src 'self' data: https://fastapi.tiangolo.com; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}


def headers_for(path: str) -> Mapping[str, str]:
    return {**_COMMON, "content-security-policy": _policy(path)}


def _policy(path: str) -> str:
    if path == "/" or path.startswith("/static/"):
        return _PAGE
    return _DOCS if path == "/docs" else _NOTHING
