"""Work in a thread of its own, beside what a test does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Errand:
    """`work` returns soon after `over` is set, unless its last step does not succeed: `given_up` ends that, too."""

    def __init__(self, work: Callable[[], None], name: str) -> None:
        self.over, self.given_up = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=work, name=name, daemon=True)

    @contextmanager
    def going_on(self, patience_s: float, answer_s: float, told: Callable[[], str]) -> Iterator[None]:
        """Until the end of the `with`. The last step has `patience_s`, an answer in it `answer_s`.

        Raises TimeoutError with what is `told` where it is not done by then.
        """
        self._thread.start()
        try:
            yield
        finally:
            self.over.set()
            self._thread.join(patience_s)
            is_stuck = self._thread.is_alive()
            self.given_up.set()
            self._thread.join(answer_s)
        if is_stuck:
            raise TimeoutError(told())
