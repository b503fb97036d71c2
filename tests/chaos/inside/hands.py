"""Wall clocks that jump: `time.time`, `time.time_ns` and the product's Clock. PostgreSQL's stays."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.chaos.inside.planting import when_imported


class Hands:
    def __init__(self, file: str) -> None:
        self._file = Path(file)
        self._written = 0
        self._off_s = 0.0

    def off_s(self) -> float:
        """Read again where the file changed; 2 us otherwise."""
        try:
            written = self._file.stat().st_mtime_ns
            if written != self._written:
                self._off_s = float(self._file.read_text(encoding="ascii") or "0")
                self._written = written
        except (OSError, ValueError):
            pass  # being written
        return self._off_s


def set_off(file: str) -> None:
    hands = Hands(file)
    real, real_ns = time.time, time.time_ns
    time.time = lambda: real() + hands.off_s()
    time.time_ns = lambda: real_ns() + int(hands.off_s() * 1e9)

    def shift(module: ModuleType | Any) -> None:
        now = module.SystemClock.now

        def shifted(self: Any) -> datetime:
            at: datetime = now(self)
            return at + timedelta(seconds=hands.off_s())

        module.SystemClock.now = shifted

    when_imported("herofactory.platform.clock", shift)
