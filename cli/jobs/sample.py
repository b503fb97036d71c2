"""The first run's import, in the background of `hero up`."""

from __future__ import annotations

import signal
import sys

from cli.configure import load_settings
from cli.explain import reported
from cli.sample import load_sample


def sample() -> int:
    # An exception, not the end: what it started (image workers, npm) is then ended as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    return reported(_sample)


def _sample() -> int:
    report = load_sample(load_settings(), _Log())
    print(f"{report.created} items created, {report.unchanged} there already, {report.rejected} rejected", flush=True)
    return 0


class _Log:
    """A line per step and per fifth of it."""

    def __init__(self) -> None:
        self._last = ("", -1)

    def __call__(self, what: str, done: int, total: int) -> None:
        now = (what, 5 * done // total if total else 0)
        if now != self._last:
            self._last = now
            print(f"{what}: {done} of {total}" if total else what, flush=True)
