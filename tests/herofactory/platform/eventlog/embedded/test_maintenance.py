from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import OffsetRange, TopicConfig
from herofactory.platform.records import Outgoing
from tests.contract.event_log import everything
from tests.support.embedded_log import embedded_log

HOUR = 3600.0


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path, sync="NORMAL") as log:
        yield log


def aged(log: EmbeddedLog, topic: str, *messages: tuple[str, str | None, float]) -> None:
    """Publish (key, value, timestamp), in partition 0."""
    rows = [
        log.row(Outgoing(topic, key.encode(), None if value is None else value.encode()), 0, at)
        for key, value, at in messages
    ]
    log.submit(rows, lambda _: None)
    log.call(lambda _: None)


def values(log: EmbeddedLog, topic: str) -> list[str | None]:
    return [None if record.value is None else record.value.decode() for record in everything(log, topic)]


def test_records_older_than_the_retention_go_and_the_earliest_offset_advances(log: EmbeddedLog) -> None:
    log.create_topic(TopicConfig("t", 1, retention_s=HOUR))
    aged(log, "t", ("k", "old", 0.0), ("k", "old too", 1000.0), ("k", "young", 9000.0))
    assert log.maintain(now=10_000.0).expired == 2
    assert log.offsets("t") == {0: OffsetRange(2, 3)}
    assert [record.offset for record in log.read("t", 0, 0, 10)] == [2], "who was below reads from the earliest on"
    assert log.maintain(now=1e9).expired == 1
    assert log.offsets("t") == {0: OffsetRange(3, 3)}


def test_retention_never_makes_a_hole(log: EmbeddedLog) -> None:
    log.create_topic(TopicConfig("t", 1, retention_s=HOUR))
    aged(log, "t", ("k", "young", 9000.0), ("k", "clock was set back", 0.0), ("k", "young", 9001.0))
    assert log.maintain(now=10_000.0).expired == 0


def test_without_retention_everything_stays(log: EmbeddedLog) -> None:
    log.create_topic(TopicConfig("t", 1, retention_s=None))
    aged(log, "t", ("k", "a", 0.0), ("k", "b", 0.0))
    assert log.maintain(now=1e12).expired == 0
    assert values(log, "t") == ["a", "b"]


def test_compaction_keeps_the_last_record_of_a_key_and_its_offset(log: EmbeddedLog) -> None:
    log.create_topic(TopicConfig("c", 1, retention_s=None, compacted=True))
    aged(log, "c", ("a", "1", 0.0), ("b", "1", 0.0), ("a", "2", 0.0), ("a", "3", 0.0))
    assert log.maintain(now=1.0).compacted == 2
    assert [(r.offset, r.key, r.value) for r in everything(log, "c")] == [(1, b"b", b"1"), (3, b"a", b"3")]
    assert log.offsets("c")[0].end == 4


def test_a_tombstone_stays_until_slow_readers_had_their_time(log: EmbeddedLog) -> None:
    log.create_topic(TopicConfig("c", 1, retention_s=None, compacted=True, delete_retention_s=HOUR))
    aged(log, "c", ("a", "1", 0.0), ("a", None, 100.0), ("b", "1", 0.0))
    assert log.maintain(now=101.0).compacted == 1
    assert values(log, "c") == [None, "1"]
    assert log.maintain(now=100.0 + HOUR - 1).compacted == 0
    assert log.maintain(now=100.0 + HOUR + 1).compacted == 1
    assert values(log, "c") == ["1"]
    log.publish([Outgoing("c", b"a", b"again")])
    assert log.offsets("c")[0].end == 4


def test_little_news_in_a_large_partition_does_not_start_a_survey(log: EmbeddedLog) -> None:
    log.create_topic(TopicConfig("c", 1, retention_s=None, compacted=True))
    aged(log, "c", *((f"{n}", "1", 0.0) for n in range(100)))
    log.maintain(now=1.0)
    aged(log, "c", *((f"{n}", "2", 0.0) for n in range(10)))
    assert log.maintain(now=1.0).compacted == 0
    aged(log, "c", *((f"{n}", "3", 0.0) for n in range(20)))
    assert log.maintain(now=1.0).compacted == 30


def test_the_file_gives_space_back(log: EmbeddedLog) -> None:
    log.create_topic(TopicConfig("t", 1, retention_s=HOUR))
    for _ in range(5):
        log.publish([Outgoing("t", b"k", b"x" * 10_000)] * 100)
    log.maintain()
    full = log.file.stat().st_size
    assert full > 4_900_000
    result = log.maintain(now=time.time() + 2 * HOUR)
    assert result.expired == 500
    assert result.pages > 1000
    assert log.file.stat().st_size < full / 10
    assert log.file.with_name("log.db-wal").stat().st_size == 0
    assert values(log, "t") == []


def test_maintenance_beside_a_reader_skips_the_checkpoint_and_goes_on(log: EmbeddedLog) -> None:
    log.create_topic(TopicConfig("t", 1, retention_s=HOUR))
    aged(log, "t", ("k", "old", 0.0))
    with log._readers.connection() as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM records").fetchone()
        assert log.maintain(now=1e6).expired == 1
        reader.execute("COMMIT")
