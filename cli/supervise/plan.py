"""What the supervisor is to do, as `hero up` and `hero demo` hand it over."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from cli.address import url_of

LISTENER = "HERO_LISTENER"
"""Variable that tells the API the number of the inherited descriptor it listens on."""
GATE = "HERO_GATE"
"""Variable that tells a part the number of an inherited pipe, at its end once database and topics are ready."""
SAMPLE_NEEDED = "sample needed"
"""What the preparing process answers where the sample catalogue is missing or unfinished."""


@dataclass(frozen=True, slots=True)
class Plan:
    folder: Path
    """HERO_DATA, absolute."""
    host: str
    port: int
    postgres_user: str
    embedded_database: bool = True
    sample: bool = True
    """Whether to load the sample catalogue where it is not there yet."""
    mode: Literal["up", "demo"] = "up"
    stack: str = "embedded"
    parts: tuple[str, ...] = ("relay", "worker", "bridge", "api")
    """In the order of their start."""
    patience_s: float = 20.0
    """How long to wait for a folder or port that another process holds."""

    @property
    def url(self) -> str:
        return url_of(self.host, self.port)

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "folder": str(self.folder)})

    @classmethod
    def from_json(cls, text: str) -> Plan:
        fields = json.loads(text)
        return cls(**{**fields, "folder": Path(fields["folder"]), "parts": tuple(fields["parts"])})
