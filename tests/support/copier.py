"""A worker process: copies one topic to another, one output per record.

python -m tests.support.copier BROKER SOURCE OUT AGENT SESSION_TIMEOUT_S
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.status import AgentStatus
from herofactory.platform.records import Outgoing, Record
from streams.faust_app import WorkerTimes
from streams.runtime import run_worker

COMMIT_INTERVAL_S = 0.5


def times(session_timeout: float) -> WorkerTimes:
    return WorkerTimes(session_timeout=session_timeout, heartbeat=0.5, commit_interval=COMMIT_INTERVAL_S)


class Copier:
    def __init__(self, publisher: Publisher, out: str) -> None:
        self._publisher, self._out = publisher, out

    async def process(self, records: Sequence[Record]) -> None:
        await self._publisher.publish([Outgoing(self._out, r.key, r.value, r.headers) for r in records])

    def status(self) -> AgentStatus:
        return AgentStatus("copy", "running", datetime.now(UTC), None, 0, 0, 0, 0, None)

    def missed(self, topic: str, partition: int, start: int, end: int) -> None:
        raise AssertionError(f"nothing expires here, but {topic}/{partition} misses {start} to {end}")


async def _handle(delivery: Delivery) -> Sequence[Outgoing]:
    raise NotImplementedError(delivery)


async def main(broker: str, source: str, out: str, agent: str, session_timeout: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await run_worker(
        [Agent(name=agent, sources=(source,), handle=_handle, redrivable=False)],
        broker,
        lambda _, publisher: Copier(publisher, out),
        stop,
        times(float(session_timeout)),
        lambda _: print("started", flush=True),
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
