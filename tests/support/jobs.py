"""Jobs for tests: requests, a renderer that does as it is told, and a bridge round it."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from PIL import Image as Pillow

from comfy_bridge.bridge import Bridge
from comfy_bridge.health import Health
from herofactory.assets.image import Image
from herofactory.assets.store import AssetStore
from herofactory.platform.clock import SystemClock
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database, Row
from herofactory.platform.progress import PostgresProgressBus
from herofactory.studio.jobs import repository
from herofactory.studio.jobs.job import Job
from herofactory.studio.jobs.queue import JobQueue, Made
from herofactory.studio.jobs.request import GenerationRequest
from herofactory.studio.jobs.service import Generations
from herofactory.studio.jobs.workshop import Workshop
from herofactory.studio.presets.preset import Preset
from herofactory.studio.rendering.port import Backend as BackendKind
from herofactory.studio.rendering.port import RawImage, RenderError, RenderTask, Report

PLAIN = Preset("pixel-icon", "Pixel icon", "픽셀 아이콘", "", workflow="pixel-icon", checkpoint="any")
OTHER = Preset("portrait", "Portrait", "초상화", "", workflow="portrait", checkpoint="any")
PRESETS: Mapping[str, Preset] = {preset.name: preset for preset in (PLAIN, OTHER)}
REQUEST = GenerationRequest("불타는 검", "burning sword", "blurry", "pixel-icon", 42)


def generations(outbox: Outbox, *, quota: int = 1_000, deadline_s: float = 900.0) -> Generations:
    return Generations(outbox, quota=quota, deadline_s=deadline_s)


async def ask(
    database: Database, outbox: Outbox, owner: str = "user-1", request: GenerationRequest = REQUEST, **kept: float
) -> Job:
    async with database.transaction() as transaction:
        return await generations(outbox, deadline_s=kept.get("deadline_s", 900.0)).create(transaction, owner, request)


async def job_of(database: Database, job_id: UUID) -> Job:
    async with database.connection() as connection:
        job = await repository.get(connection, job_id)
    assert job is not None
    return job


async def pass_time(database: Database, seconds: float) -> None:
    """As if every lease, deadline and wait had begun so much earlier."""
    async with database.connection() as connection:
        await connection.execute(
            """UPDATE generations SET leased_until = leased_until - make_interval(secs => %(s)s),
                      deadline_at = deadline_at - make_interval(secs => %(s)s),
                      not_before = not_before - make_interval(secs => %(s)s),
                      created_at = created_at - make_interval(secs => %(s)s)""",
            {"s": seconds},
        )


async def told_of(database: Database, job_id: UUID) -> list[str]:
    """Topics of the job's events, in order."""
    rows: Sequence[Row] = await database.fetch("SELECT topic FROM outbox WHERE key = %s ORDER BY seq", str(job_id))
    return [row["topic"] for row in rows]


def tile(seed: int, side: int = 8) -> bytes:
    """A PNG that differs with its seed."""
    out = io.BytesIO()
    Pillow.new("RGB", (side, side), tuple(hashlib.sha256(str(seed).encode()).digest()[:3])).save(out, "PNG")
    return out.getvalue()


def as_it_is(raw: RawImage, task: RenderTask, job: Job) -> Sequence[Made]:
    return [
        Made("image", f"image-{raw.seed}", Image(raw.png, 8, 8), raw.credit),
        Made("sprite", "", Image(raw.png + b"\0", 8, 8), raw.credit),
    ]


def workshop(database: Database, store: AssetStore) -> Workshop:
    return Workshop(database, store, PRESETS, lambda data: data, as_it_is)


def bridge(
    database: Database,
    outbox: Outbox,
    dsn: str,
    store: AssetStore,
    *backends: StubBackend,
    name: str = "bridge-1",
    lease_s: float = 10.0,
    missing_s: float = 30.0,
) -> Bridge:
    return Bridge(
        name,
        JobQueue(database, outbox, lease_s=lease_s),
        backends,
        workshop(database, store),
        PostgresProgressBus(database, dsn, SystemClock()),
        SystemClock(),
        poll_s=0.05,
        missing_s=missing_s,
    )


@dataclass
class StubServer:
    """What outlives a bridge: the jobs that a server has."""

    jobs: dict[str, RenderTask] = field(default_factory=dict)
    submitted: list[str] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Nothing is done before it is set."""
    errors: list[RenderError] = field(default_factory=list)
    """What the next jobs end with instead."""
    state: Callable[[], Health] = lambda: Health("ok")
    credit: str | None = None

    def forget(self) -> None:
        self.jobs.clear()


class StubBackend:
    def __init__(
        self,
        server: StubServer | None = None,
        *,
        name: str = "http://stub",
        kind: BackendKind = "comfyui",
        presets: Sequence[str] = tuple(PRESETS),
    ) -> None:
        self.there = server or StubServer()
        self._name = name
        self._kind: BackendKind = kind
        self._presets = presets
        self.wake = asyncio.Event()

    @property
    def kind(self) -> BackendKind:
        return self._kind

    @property
    def server(self) -> str:
        return self._name

    async def start(self) -> None: ...

    async def aclose(self) -> None: ...

    def serves(self, preset: str) -> bool:
        return preset in self._presets

    async def submit(self, task: RenderTask, wanted: str | None = None) -> str:
        assert wanted is not None
        self.there.jobs.setdefault(wanted, task)
        self.there.submitted.append(wanted)
        return wanted

    async def follow(self, remote_id: str, task: RenderTask, report: Report) -> list[RawImage]:
        report("sampling", 10.0, tile(1, 300))
        await self.there.gate.wait()
        if remote_id in self.there.cancelled:
            raise RenderError("CANCELLED", "it was cancelled")
        if self.there.errors:
            raise self.there.errors.pop(0)
        if remote_id not in self.there.jobs:
            raise RenderError("LOST", "the server knows nothing of it")
        report("sampling", 90.0, None)
        seeds = range(task.request.seed, task.request.seed + task.request.variations)
        return [RawImage(tile(seed), seed, self.there.credit) for seed in seeds]

    async def cancel(self, remote_id: str) -> bool:
        self.there.cancelled.add(remote_id)
        return True

    async def health(self) -> Health:
        return self.there.state()
