from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.delivery.values import TopicValues
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.events import EventCodec, Headers
from herofactory.platform.records import Outgoing
from herofactory.quality.records import rows_of
from herofactory.quality.suite import Topic
from tests.herofactory.quality.good import PARTS, VIEWED
from tests.support.embedded_log import embedded_log

TOPIC = "item.viewed"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path / "log", [TopicConfig(TOPIC, 2, None)]) as log:
        yield log


@pytest.fixture
def values(codec: EventCodec) -> TopicValues:
    return TopicValues(codec)


def source() -> Topic:
    given = PARTS[TOPIC].source
    assert isinstance(given, Topic)
    return given


def sent(values: TopicValues, key: str = "k", person: str = VIEWED.person, source: str = "typed") -> Outgoing:
    event = replace(VIEWED, person=person, source=source)  # type: ignore[arg-type]  # one of the five
    headers = Headers.fresh(TOPIC, SystemClock())
    late = replace(headers, occurred_at=headers.occurred_at - timedelta(hours=1))
    return Outgoing(TOPIC, key.encode(), values.encode(TOPIC, event), late.to_bytes())


def test_a_sample_is_the_newest_of_every_partition(log: EmbeddedLog, values: TopicValues) -> None:
    for number in range(40):
        log.publish([sent(values, key=str(number))])
    rows = rows_of(source(), log, values, sample=10)
    ends = {partition: held.end for partition, held in log.offsets(TOPIC).items()}
    assert [row["where"] for row in rows] == [
        f"{TOPIC}/{partition}@{offset}"
        for partition in (0, 1)
        for offset in range(ends[partition] - 5, ends[partition])
    ]


def test_a_repeat_is_told_from_an_id_that_stands_for_two_contents(log: EmbeddedLog, values: TopicValues) -> None:
    once, other = sent(values), sent(values)
    log.publish([once, once, other, replace(sent(values, person="f" * 16), headers=other.headers)])
    assert [row["contents_of_event_id"] for row in rows_of(source(), log, values)] == [1, 1, 2, 2]


def test_how_late_it_came_is_told_but_of_what_is_simulated(log: EmbeddedLog, values: TopicValues) -> None:
    log.publish([sent(values), sent(values, source="simulated")])
    typed, simulated = (row["lateness_s"] for row in rows_of(source(), log, values))
    assert 3_600 <= typed < 3_700
    assert simulated is None


def test_what_cannot_be_read_is_a_row_that_says_so(log: EmbeddedLog, values: TopicValues) -> None:
    log.publish([Outgoing(TOPIC, b"k", b"no event", {}), sent(values)])
    broken, good = rows_of(source(), log, values)
    assert broken["undecodable"]
    assert "event-id" in broken["header_problem"]
    assert (good["undecodable"], good["header_problem"]) == (None, None)


def test_a_topic_that_nobody_created_has_no_rows(log: EmbeddedLog, values: TopicValues) -> None:
    assert rows_of(Topic("item.dreamt", lambda _: {}), log, values) == []
