from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pytest

from herofactory.platform.events.headers import REPLAY_OF
from herofactory.platform.ids import uuid7
from herofactory.platform.postgres.database import Database
from herofactory.platform.records import Outgoing
from herofactory.platform.replay.outputs import Output, Outputs

pytestmark = pytest.mark.anyio
TOPIC = "item.moderated"
NONE: Mapping[str, str] = {}
FIRST, SECOND, THIRD = sorted((uuid7(), uuid7(), uuid7()))


def output(event_id: UUID, value: bytes | None = b"v", further: Mapping[str, str] = NONE) -> Output:
    known = {"event-id": str(event_id), "event-type": TOPIC, **further}
    message = Outgoing(TOPIC, b"k", value, {name: text.encode() for name, text in known.items()})
    return Output.of(message, "item.created/0/7", "k")


@pytest.fixture
def outputs(database: Database) -> Outputs:
    return Outputs(database, "agent:x")


async def ids(outputs: Outputs, generation: int) -> list[str]:
    return [entry.id async for entry in outputs.entries(generation)]


def test_a_trace_and_a_replay_change_nothing_that_readers_see() -> None:
    assert output(FIRST, further={"traceparent": "00-a"}).digest == output(FIRST, further={"replay-id": "r"}).digest
    assert len({output(FIRST, value).digest for value in (b"v", b"w", b"", None)}) == 4


def test_what_took_the_place_of_an_event_is_known_by_its_id() -> None:
    assert output(SECOND, further={REPLAY_OF: str(FIRST)}).event_id == FIRST


async def test_the_last_one_of_an_event_stays_in_the_order_of_ids(outputs: Outputs) -> None:
    await outputs.keep(2, [output(SECOND), output(FIRST, b"old"), output(FIRST, b"new")])
    await outputs.keep(2, [output(SECOND)])
    assert await ids(outputs, 2) == [str(FIRST), str(SECOND)]
    kept = [each async for page in outputs.differing(2, 1) for each in page]
    assert [each.value for each in kept] == [b"new", b"v"]
    assert (kept[0].source, kept[0].scope, kept[0].headers["event-type"]) == ("item.created/0/7", "k", TOPIC.encode())


async def test_forth_goes_what_differs_and_what_is_new_and_back_only_what_was_there(outputs: Outputs) -> None:
    await outputs.keep(1, [output(FIRST), output(SECOND), output(THIRD)])
    await outputs.keep(2, [output(FIRST), output(SECOND, b"other"), output(uuid7())])
    forth = [each async for page in outputs.differing(2, 1) for each in page]
    back = [each async for page in outputs.differing(1, 2) for each in page]
    assert next(each.event_id for each in forth) == SECOND
    assert len(forth) == 2
    assert [(each.event_id, each.value) for each in back] == [(SECOND, b"v")]
    assert await outputs.changes(1, 2) == {f"{TOPIC}: not told before": 1, f"{TOPIC}: other content": 1}


async def test_only_ids_that_another_generation_holds_are_known(outputs: Outputs, database: Database) -> None:
    await outputs.keep(1, [output(FIRST)])
    await outputs.keep(2, [output(SECOND)])
    await Outputs(database, "agent:y").keep(2, [output(THIRD)])
    assert await outputs.known([FIRST, SECOND, THIRD], 1) == {SECOND: "k"}
    assert await outputs.topics() == [TOPIC]


async def test_what_is_dropped_is_gone_and_the_others_stay(outputs: Outputs, database: Database) -> None:
    await outputs.keep(1, [output(FIRST)])
    await outputs.keep(2, [output(SECOND)])
    async with database.transaction() as transaction:
        await outputs.drop(transaction, 2)
    assert (await ids(outputs, 1), await ids(outputs, 2)) == ([str(FIRST)], [])
