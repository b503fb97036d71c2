"""Addresses of servers, which may carry a user and a password: `https://user:password@host:port/path`."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

# Greedy: a password that holds an unescaped `@` or `/` is hidden whole too.
_SECRET = re.compile(r"(?<=://)[^\s,]*@")


def without_password(urls: str) -> str:
    """One URL, or several with commas between them, as it may be shown."""
    return _SECRET.sub("", urls)


def split_auth(url: str) -> tuple[str, tuple[str, str] | None]:
    """The URL that a client gets and may show, and user and password apart (percent-decoded)."""
    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.username is None:
        return bare, None
    return bare, (unquote(parts.username), unquote(parts.password or ""))


def trusting(ca_file: Path | None) -> ssl.SSLContext | bool:
    """What httpx takes as `verify`: the authorities of `ca_file` in place of the system's."""
    return ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
