"""Where clients on this machine find what listens on an address."""

from __future__ import annotations


def connectable(host: str) -> str:
    """Whoever listens on all addresses is found on the machine's own."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (compared, not bound)


def url_of(host: str, port: int) -> str:
    reached = connectable(host)
    return f"http://{f'[{reached}]' if ':' in reached else reached}:{port}"
