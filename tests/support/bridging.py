"""A bridge as a process of its own, to be killed: python -m tests.support.bridging DSN ASSETS LEASE_S URL..."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from comfy_bridge.bridge import Bridge
from comfy_bridge.comfy_backend import ComfyBackend
from comfy_bridge.endpoint import Endpoint
from herofactory.assets.folder import FolderStore
from herofactory.platform.clock import SystemClock
from herofactory.platform.events import EventCodec
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.progress import PostgresProgressBus
from herofactory.studio.jobs.queue import JobQueue
from herofactory.studio.jobs.workshop import Workshop
from herofactory.studio.presets.preset import presets
from tests.support.jobs import as_it_is
from tests.support.rendering import LIMITS

ROOT = Path(__file__).parents[2]


def spawn(dsn: str, assets: Path, lease_s: float, *urls: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.support.bridging", dsn, str(assets), str(lease_s), *urls]
    with (assets / "bridges.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


async def main(dsn: str, assets: str, lease_s: str, *urls: str) -> None:
    codec = EventCodec(EmbeddedRegistry(MemorySchemaStore()))
    codec.register_all()
    clock = SystemClock()
    async with Database(dsn, size=4) as database:
        workshop = Workshop(database, FolderStore(Path(assets)), presets(), lambda data: data, as_it_is)
        queue = JobQueue(database, Outbox(codec), lease_s=float(lease_s), backoff_s=0.2)
        backends = [ComfyBackend(Endpoint.parse(url), LIMITS) for url in urls]
        bus = PostgresProgressBus(database, dsn, clock)
        bridge = Bridge(f"bridge:{os.getpid()}", queue, backends, workshop, bus, clock, poll_s=0.2)
        task = asyncio.ensure_future(bridge.run())
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await asyncio.wait([task])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
