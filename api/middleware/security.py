"""Headers that keep a browser from doing what no answer of ours asks for."""

from __future__ import annotations

from collections.abc import Mapping

DOCS_FILES = "/docs-files"
"""Where the documentation page's own files are."""

_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# The page loads its own files and talks to its own origin; everything else is shut out.
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
# The documentation page is an inline script over files of the same origin.
_DOCS = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
# Pages of data quality: text and one style sheet.
_QUALITY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
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
    if path == "/quality" or path.startswith("/quality/"):
        return _QUALITY
    return _DOCS if path == "/docs" else _NOTHING
