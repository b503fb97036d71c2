"""Targets in tables through all steps of a replay, on the embedded log."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from PIL import Image

from connectors.access_log.line import message
from herofactory.assets.image import Image as Stored
from herofactory.assets.open import open_store
from herofactory.insights.generations import ALL
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.events import Event, EventCodec, Headers
from herofactory.platform.events.studio import GenerationCompleted, GenerationFailed, GenerationRequested
from herofactory.platform.ids import uuid7
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from herofactory.platform.replay import generations
from herofactory.platform.replay.replay import Replay, State
from herofactory.platform.replay.store import Replays
from herofactory.platform.replay.verification import Verification
from herofactory.platform.settings import Settings
from streams.replay.ground import Ground
from streams.replay.planner import Planner
from streams.replay.registry import open_target
from streams.replay.request import Request
from streams.replay.runner import Runner
from streams.replay.swapper import Swapper, pair_of
from streams.replay.targets.in_tables import InTables
from streams.replay.verifier import Verifier
from streams.testing import default_values
from streams.topics import ACCESS_LOG, ITEM_MIRRORED
from tests.herofactory.insights.drawn import ITEMS, id_at
from tests.herofactory.insights.events import event_of
from tests.herofactory.insights.naive import Raw
from tests.support.replay_ground import ground_of
from tests.support.replay_targets import compared, fill
from tests.support.traffic_naive import Sent

pytestmark = pytest.mark.anyio
NAMES = [each.target for each in ALL]


@pytest.fixture
def ground(settings: Settings, database: Database, log: EmbeddedLog, codec: EventCodec) -> Ground:
    return replace(ground_of(settings, database, log, codec), values=default_values())


class Shop:
    """What happens, on the topics."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._now = datetime.now(UTC) - timedelta(minutes=10)
        self._number = 0

    async def go_on(self) -> None:
        """Some more of everything."""
        self._number += 10
        first = self._number
        self.people(range(first, first + 10))
        self.jobs(range(first, first + 10))
        await self.items(range(first, first + 5))

    def people(self, numbers: Iterable[int]) -> None:
        start = self._now.timestamp()
        for number in numbers:
            at = start + number
            query = id_at(at, number)
            self.tell(
                event_of(Raw("search", query, at, number, "a", query_id=query, text=f"검 {number % 3}")), query, at
            )
            click = Raw("click", id_at(at + 1, number), at + 1, number, "a", item_id=ITEMS[number % 9], query_id=query)
            self.tell(event_of(click), click.event_id, click.at)
            line = Sent(number, "/items", "GET", 200, 10_000 * number).line(self._now)
            self._ground.log.publish([message(ACCESS_LOG, line)])

    def jobs(self, numbers: Iterable[int]) -> None:
        at = self._now.timestamp()
        for number in numbers:
            job_id = str(UUID(int=number))
            self.tell(GenerationRequested(job_id, f"owner-{number % 3}", "pixel", 1, 1), str(uuid7()), at)
            done = GenerationCompleted(job_id, "o", "local", "pixel", 1, ("a",), 1.0, 1.0)
            self.tell(done if number % 2 else GenerationFailed(job_id, "o", "LOST", 1), str(uuid7()), at + number)

    async def items(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            await self._item(UUID(int=number + 1), picture(number))

    async def _item(self, item_id: UUID, data: bytes) -> None:
        image = Stored(data, 256, 256)
        open_store(self._ground.settings).put(image)
        async with self._ground.database.transaction() as transaction:
            cursor = await transaction.execute(
                "INSERT INTO assets (owner_id, sha256, media_type, width, height, bytes)"
                " VALUES ('s', %s, 'image/png', 9, 9, 1) RETURNING id", (image.sha256,)
            )  # fmt: skip
            asset = await cursor.fetchone()
            assert asset
            await transaction.execute(
                "INSERT INTO items (id, seller_id, name, description, category, price, status, image_id)"
                " VALUES (%s, 's', '검', '', 'weapon', 100, 'approved', %s)", (item_id, asset["id"])
            )  # fmt: skip
        for row in await self._ground.database.fetch(
            "SELECT payload, revision FROM outbox WHERE topic = %s AND key = %s", ITEM_MIRRORED, str(item_id)
        ):
            headers = Headers(str(uuid7()), ITEM_MIRRORED, self._now, row["revision"])
            self._ground.log.publish(
                [Outgoing(ITEM_MIRRORED, str(item_id).encode(), row["payload"], headers.to_bytes())]
            )

    def tell(self, event: Event, event_id: str, at: float) -> None:
        headers = Headers(event_id, event.topic, datetime.fromtimestamp(at, UTC)).to_bytes()
        value = self._ground.codec.encode(event)
        self._ground.log.publish([Outgoing(event.topic, event.key.encode(), value, headers)])


def picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").rotate(number).save(out, "PNG")
    return out.getvalue()


class Replaying:
    """One target: generation 1 follows when it is told to, as the worker does, and so does what is replayed."""

    def __init__(self, ground: Ground, outbox: Outbox, name: str) -> None:
        target = open_target(name, ground)
        assert isinstance(target, InTables)
        self.target, self.ground, self.replays = target, ground, Replays(outbox)
        self.swapper = Swapper(target, ground.database, self.replays, ground.log, ground.clock)

    async def run(self) -> Replay:
        planner = Planner(self.ground, self.replays)
        plan = await planner.draft(Request(target=self.target.name), self.target)
        assert not plan.refusals
        replay = await planner.save(plan, self.target)
        return await Runner(self.ground, self.replays).run(replay.id, target=self.target)

    async def verify(self, replay: Replay) -> Verification:
        async with self.ground.database.connection() as connection:
            found = await generations.of(connection, self.target.name)
        for each in found:
            await fill(self.ground, self.target, each.number)
        old, new = pair_of(replay, found)
        verification = await Verifier(self.target, self.ground.log, self.ground.clock).verify(old, new)
        async with self.ground.database.transaction() as transaction:
            state: State = "verified" if verification.passed else "differs"
            await self.replays.come_to(transaction, replay.id, state, verification=verification.to_json())
        return verification

    async def in_use(self) -> int:
        row = await self.ground.database.fetch_one(f"SELECT {self.target.kept.in_use} AS number")
        assert row
        return int(row["number"])

    async def rows(self) -> dict[int, int]:
        """Per generation."""
        table = self.target.kept.tables[-1]
        rows = await self.ground.database.fetch(f"SELECT generation, count(*) AS rows FROM {table} GROUP BY 1")
        return {row["generation"]: row["rows"] for row in rows}


@pytest.mark.parametrize("name", NAMES)
async def test_a_generation_is_made_compared_swapped_in_and_the_old_one_cleaned(
    ground: Ground, outbox: Outbox, name: str
) -> None:
    shop, replaying = Shop(ground), Replaying(ground, outbox, name)
    await shop.go_on()
    await fill(ground, replaying.target, 1)

    replay = await replaying.run()
    await shop.go_on()
    found = await replaying.verify(replay)
    assert found.passed, found.verdict
    assert found.new_entries > 5
    assert (await replaying.in_use(), len(await replaying.rows())) == (1, 2)

    await replaying.swapper.swap(replay.id)
    assert await replaying.in_use() == 2
    await replaying.swapper.rollback(replay.id)
    assert await replaying.in_use() == 1
    await replaying.swapper.swap(replay.id)
    await shop.go_on()
    await fill(ground, replaying.target, 2)
    await replaying.swapper.clean(replay.id)
    assert (await replaying.in_use(), [*await replaying.rows()]) == (2, [2])


@pytest.mark.parametrize("name", NAMES)
async def test_a_trial_leaves_nothing_behind(ground: Ground, outbox: Outbox, name: str) -> None:
    replaying = Replaying(ground, outbox, name)
    await Shop(ground).go_on()
    planner = Planner(ground, replaying.replays)

    plan = await planner.draft(Request(target=name), replaying.target)

    assert plan.sampled > 0
    assert not await replaying.rows()


@pytest.mark.parametrize("name", NAMES)
async def test_replayed_twice_it_is_the_same(ground: Ground, outbox: Outbox, name: str) -> None:
    await Shop(ground).go_on()
    target = Replaying(ground, outbox, name).target
    for number, page in ((2, 3), (3, 2_000)):
        await fill(ground, target, number, page)
        assert await target.settled(number)

    found = await compared(target, 2, 3)

    assert found.equal > 4
    assert found.old.hash == found.new.hash
