"""An access log and who follows it: writes in pieces, rotations, and a tailer that may be killed anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from uuid import UUID

from connectors.access_log import Tailer
from herofactory.platform.records import Outgoing
from tests.support.delivery import Tally

TOPIC = "access.log"


class Killed(BaseException):
    """What ends a process does not ask its handlers."""


def line_of(number: int, padding: int = 0) -> bytes:
    head = f'{{"@timestamp":"2026-01-01T00:00:00.000Z","event":{{"id":"{UUID(int=number)}"}},"x":"'
    return f'{head}{"불" * padding}"}}\n'.encode()


class Followed:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "logs" / "access.log"
        self.file.parent.mkdir(parents=True)
        self.state = folder / "tailer"
        self.metrics = Tally()
        self.told: list[Outgoing] = []
        self._numbers = count(1)
        self.tailer = self.begin()

    def begin(self) -> Tailer:
        self.tailer = Tailer(self.file, TOPIC, self.publish, self.state, self.metrics)
        return self.tailer

    def publish(self, messages: Sequence[Outgoing]) -> None:
        self.told += messages

    def append(self, data: bytes) -> None:
        with self.file.open("ab") as out:
            out.write(data)

    def rotate(self) -> None:
        if self.file.exists():
            self.file.rename(self.file.with_name(f"access.{next(self._numbers):09}.log"))

    def poll(self, *, killed: str = "") -> None:
        """`killed`: before or after the event log took a block, or between that and the position's being saved."""
        if not killed:
            self.tailer.poll()
            return
        try:
            self._killed(killed)
        except Killed:
            self.begin()

    def _killed(self, when: str) -> None:
        def kill(*_: object) -> None:
            raise Killed

        def publish_and_kill(messages: Sequence[Outgoing]) -> None:
            self.publish(messages)
            raise Killed

        if when == "save":
            self.tailer._positions.save = kill  # type: ignore[method-assign]  # nothing else stands between
        else:
            self.tailer._publish = kill if when == "before" else publish_and_kill
        self.tailer.poll()
        self.begin()

    @property
    def lines(self) -> list[bytes]:
        return [(message.value or b"") + b"\n" for message in self.told]
