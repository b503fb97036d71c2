"""The faults themselves. Only processes that the platform under test started are ever touched."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.chaos.catalogue import Catalogue
from tests.chaos.schedule import OFF_S, Strike
from tests.support.running import RunningPlatform
from tests.support.space import no_space

READY_S = 240.0
"""Bounds what never becomes ready. How fast it does on an idle machine is asked elsewhere."""
NEAR_S = 60.0
"""Figures of the hours next to one in which something happened are made so much later."""
IMPORT_S = (0.4, 1.5)
"""An import begins with half a second of imports of another kind."""


class Faults:
    def __init__(self, platform: RunningPlatform, catalogue: Catalogue, clock: Path, seed: int) -> None:
        """`clock`: the file that says by how many seconds clocks are off."""
        self._platform, self._catalogue, self._clock = platform, catalogue, clock
        self._rng = random.Random(seed)
        self._kinds: dict[str, Callable[[Strike], bool]] = {
            "kill": self._kill,
            "freeze": self._freeze,
            "clock": self._jump,
            "disk": self._fill,
        }

    def strike(self, strike: Strike) -> bool:
        """False where there is no such process at the moment."""
        return self._kinds[strike.kind](strike)

    def settle(self) -> None:
        """No clock goes back to before what was stamped: a search from the future is judged when its time has come."""
        self._clock.write_text(str(max(OFF_S) + 1), encoding="ascii")

    def let_time_pass(self) -> None:
        """Once all is stored: figures that are to be made in a minute are due at once."""
        self._clock.write_text(str(max(OFF_S) + 1 + NEAR_S), encoding="ascii")

    def _kill(self, strike: Strike) -> bool:
        if strike.victim == "importer":
            return self._catalogue.kill(self._rng.uniform(*IMPORT_S))
        if strike.victim == "supervisor":
            self._platform.kill_supervisor()
            self._platform.start("--no-sample", ready_s=READY_S)
            return True
        with self._process(strike.victim) as process:
            if process:
                process.kill()
        return process is not None

    def _freeze(self, strike: Strike) -> bool:
        with self._process(strike.victim) as process:
            if process:
                process.suspend()
                try:
                    time.sleep(strike.amount)
                finally:
                    process.resume()
        return process is not None

    def _jump(self, strike: Strike) -> bool:
        self._clock.write_text(str(strike.amount), encoding="ascii")
        return True

    def _fill(self, strike: Strike) -> bool:
        """No file of the part may grow: what a full disk does to whoever writes."""
        with self._process(strike.victim) as process:
            if process:
                with no_space(process):
                    time.sleep(strike.amount)
        return process is not None

    @contextmanager
    def _process(self, name: str) -> Iterator[psutil.Process | None]:
        """It may end at any time, before and while something is done to it."""
        with suppress(psutil.NoSuchProcess):
            yield self._platform.part(name)
