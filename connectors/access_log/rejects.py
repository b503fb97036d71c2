"""Lines that are no access records, kept for whoever wants to know why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

MOST_BYTES = 16_777_216


class Rejects:
    """One file and the one before it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def keep(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._file.exists() and self._file.stat().st_size > MOST_BYTES:
            self._file.replace(self._file.with_suffix(".1.log"))
        with self._file.open("ab") as out:
            out.write(b"".join(line + b"\n" for line in lines))
