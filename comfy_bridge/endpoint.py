"""Where a ComfyUI server answers. Only the operator's settings name one, never a request or a server's reply."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Endpoint:
    base: str
    """http(s)://host:port[/path], without a slash at its end, without credentials."""
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Endpoint:
        """Raises ValueError on anything but an http(s) URL, naming what is wrong but never the credentials."""
        parts = urlsplit(url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("COMFYUI_URL: each address must be like http://127.0.0.1:8188 (comma-separated)")
        if parts.query or parts.fragment:
            raise ValueError(f"COMFYUI_URL: the address of {parts.hostname} must end with its path: no ? and no #")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = f":{parts.port}" if parts.port else ""
        return cls(
            f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}", _plain(parts.username), _plain(parts.password)
        )

    @property
    def auth(self) -> tuple[str, str] | None:
        return (self.user, self.password or "") if self.user else None

    def websocket(self, client_id: str) -> str:
        scheme, rest = self.base.split("://", 1)
        login = f"{quote(self.user, safe='')}:{quote(self.password or '', safe='')}@" if self.user else ""
        return f"{'wss' if scheme == 'https' else 'ws'}://{login}{rest}/ws?clientId={client_id}"


def endpoints(setting: str) -> list[Endpoint]:
    """Of a comma-separated setting; in its order, each once."""
    return list(dict.fromkeys(Endpoint.parse(each) for each in setting.split(",") if each.strip()))


def _plain(part: str | None) -> str | None:
    return None if part is None else unquote(part)
