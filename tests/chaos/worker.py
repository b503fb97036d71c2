"""A worker process for the chaos tests: copies topic `in` to topic `out`, one output per record.

python -m tests.chaos.worker FOLDER
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.delivery import Delivery
from herofactory.platform.delivery.publisher import Publisher
from herofactory.platform.delivery.status import AgentStatus
from herofactory.platform.records import Outgoing, Record
from streams.embedded import broker_url
from streams.faust_app import WorkerTimes
from streams.runtime import run_worker

TIMES = WorkerTimes(session_timeout=3.0, heartbeat=0.5, commit_interval=0.5)


class Copier:
    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def process(self, records: Sequence[Record]) -> None:
        await self._publisher.publish([Outgoing("out", r.key, r.value, r.headers) for r in records])

    def status(self) -> AgentStatus:
        return AgentStatus("copy", "running", datetime.now(UTC), None, 0, 0, 0, 0, None)


async def _handle(delivery: Delivery) -> Sequence[Outgoing]:
    raise NotImplementedError(delivery)


async def main(folder: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    agent = Agent(name="copy", sources=("in",), handle=_handle)
    await run_worker(
        [agent],
        broker_url(folder),
        lambda _, publisher: Copier(publisher),
        stop,
        TIMES,
        lambda _: print("started", flush=True),
    )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
