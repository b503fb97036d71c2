"""The servers of one run, started side by side.

`python -m tests.stack.stack [NAME ...]` starts them, prints where they are, and stops them on Ctrl-C.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Protocol, TypeVar

from tests.stack.fetch import Parts
from tests.stack.home import Home
from tests.stack.servers.connect import Connect
from tests.stack.servers.elasticsearch import Elasticsearch
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.postgres import Postgres
from tests.stack.servers.redis import Redis
from tests.stack.servers.registry import Registry
from tests.stack.servers.s3 import S3

# In the order of their start: what takes longest first, PostgreSQL (which waits) behind what starts by itself.
NAMES = ("elasticsearch", "registry", "kafka", "redis", "s3", "connect", "postgres")
NEEDS: Mapping[str, Sequence[str]] = {"connect": ("kafka",)}


class Part(Protocol):
    @property
    def ready_after_s(self) -> float: ...
    @property
    def rss_mb(self) -> float: ...
    def launch(self) -> None: ...
    def wait(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


Made = TypeVar("Made", bound=Part)


class Stack:
    """Nothing is made before it is asked for; what was made is stopped and removed by `close`."""

    def __init__(self, parts: Parts | None = None) -> None:
        self._parts = parts or Parts()
        self.home = Home(self._parts.cache / "runs")
        self._made: list[Part] = []

    @cached_property
    def kafka(self) -> Kafka:
        return self._keep(Kafka(self.home, self._parts.kafka()))

    @cached_property
    def connect(self) -> Connect:
        return self._keep(Connect(self.home, self._parts.kafka(), self._parts.debezium(), self.kafka))

    @cached_property
    def registry(self) -> Registry:
        return self._keep(Registry(self.home, self._parts.registry()))

    @cached_property
    def elasticsearch(self) -> Elasticsearch:
        return self._keep(Elasticsearch(self.home, self._parts.elasticsearch()))

    @cached_property
    def postgres(self) -> Postgres:
        return self._keep(Postgres(self.home))

    @cached_property
    def redis(self) -> Redis:
        return self._keep(Redis(self.home))

    @cached_property
    def s3(self) -> S3:
        return self._keep(S3(self.home, self._parts.s3()))

    def launch(self, names: Sequence[str]) -> None:
        """Starts servers and what they need, without waiting for them."""
        wanted = {*names, *(need for name in names for need in NEEDS.get(name, ()))}
        for name in NAMES:
            if name in wanted:
                self.part(name).launch()

    def part(self, name: str) -> Part:
        part: Part = getattr(self, name)
        return part

    def close(self) -> None:
        for part in reversed(self._made):
            part.stop()
        self.home.remove()

    def _keep(self, part: Made) -> Made:
        self._made.append(part)
        return part


@contextmanager
def running(*names: str) -> Iterator[Stack]:
    """The named servers (all by default), ready."""
    stack = Stack()
    try:
        stack.launch(names or NAMES)
        for name in names or NAMES:
            stack.part(name).wait()
        yield stack
    finally:
        stack.close()


def main(names: Sequence[str]) -> None:
    began = time.monotonic()
    # SIGTERM ends like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with running(*names) as stack:
        for name in names or NAMES:
            part = stack.part(name)
            where = getattr(part, "url", None) or getattr(part, "bootstrap", None) or stack.home.folder / name
            print(f"{name:14} ready after {part.ready_after_s:5.1f} s {part.rss_mb:7.1f} MB  {where}", flush=True)
        print(f"all ready after {time.monotonic() - began:.1f} s; Ctrl-C stops them", flush=True)
        signal.pause()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
