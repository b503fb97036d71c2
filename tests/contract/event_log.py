"""What every adapter of the event log port must do. A test class for an adapter inherits this and offers `log`."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from herofactory.platform.eventlog.port import (
    EventLog,
    GroupBusy,
    OffsetRange,
    TopicConfig,
    TopicMismatch,
    UnknownTopic,
)
from herofactory.platform.records import Outgoing, Record


def everything(log: EventLog, topic: str) -> list[Record]:
    """All records of a topic, partition by partition, read in small steps."""
    records: list[Record] = []
    for partition, held in log.offsets(topic).items():
        at = held.earliest
        while batch := log.read(topic, partition, at, 7):
            records += batch
            at = batch[-1].offset + 1
    return records


class EventLogContract:
    def let_time_pass(self, log: EventLog) -> None:
        """More than a millisecond of the log's."""
        time.sleep(0.01)

    @pytest.fixture
    def topic(self, log: EventLog) -> str:
        """A fresh topic of four partitions."""
        name = f"contract.{uuid.uuid4().hex}"
        log.create_topic(TopicConfig(name, partitions=4, retention_s=3600.0))
        return name

    def test_what_was_published_is_read_back(self, log: EventLog, topic: str) -> None:
        headers = {"event-id": b"\x00\xffid", "이름".encode().hex(): "검".encode()}
        (position,) = log.publish([Outgoing(topic, b"key", b"\x00value\xff", headers)])
        (record,) = log.read(topic, position.partition, position.offset, 10)
        assert (record.topic, record.partition, record.offset) == (topic, position.partition, position.offset)
        assert (record.key, record.value, dict(record.headers)) == (b"key", b"\x00value\xff", headers)
        assert record.timestamp > 1_600_000_000

    def test_a_tombstone_is_not_an_empty_value(self, log: EventLog, topic: str) -> None:
        log.publish([Outgoing(topic, b"key", None), Outgoing(topic, b"key", b"")])
        assert [record.value for record in everything(log, topic)] == [None, b""]

    def test_a_record_of_megabytes_is_kept_whole(self, log: EventLog, topic: str) -> None:
        value = bytes(range(256)) * 4096 * 5
        (position,) = log.publish([Outgoing(topic, b"key", value)])
        log.publish([Outgoing(topic, b"key", b"after it")])
        found = log.read(topic, position.partition, position.offset, 2)
        assert [record.value for record in found] == [value, b"after it"]

    def test_messages_of_one_key_keep_their_order(self, log: EventLog, topic: str) -> None:
        for start in range(0, 200, 50):
            log.publish([Outgoing(topic, f"{n % 5}".encode(), f"{n}".encode()) for n in range(start, start + 50)])
        seen: dict[bytes | None, list[int]] = {}
        for record in everything(log, topic):
            seen.setdefault(record.key, []).append(int(record.value or b""))
        assert seen == {f"{key}".encode(): list(range(key, 200, 5)) for key in range(5)}

    def test_offsets_of_a_partition_have_no_gaps(self, log: EventLog, topic: str) -> None:
        positions = log.publish([Outgoing(topic, f"{n}".encode(), b"") for n in range(60)])
        for partition, held in log.offsets(topic).items():
            assert [p.offset for p in positions if p.partition == partition] == list(range(held.end))
            assert held.earliest == 0

    def test_keys_lie_where_kafka_puts_them(self, log: EventLog, topic: str) -> None:
        from aiokafka.partitioner import DefaultPartitioner

        keys = [str(uuid.uuid4()).encode() for _ in range(50)]
        keys += [b"", "검".encode(), b"\xff\xfe", *(bytes(range(length)) for length in range(1, 9))]
        expected = [DefaultPartitioner()(key, range(4), range(4)) for key in keys]
        assert [p.partition for p in log.publish([Outgoing(topic, key, b"") for key in keys])] == expected

    def test_reading_takes_no_more_than_asked_for(self, log: EventLog, topic: str) -> None:
        (partition,) = {p.partition for p in log.publish([Outgoing(topic, b"key", b"")] * 5)}
        assert [record.offset for record in log.read(topic, partition, 1, 3)] == [1, 2, 3]
        assert log.read(topic, partition, 5, 3) == []

    def test_an_empty_topic_has_offsets(self, log: EventLog, topic: str) -> None:
        assert log.offsets(topic) == dict.fromkeys(range(4), OffsetRange(0, 0))

    def test_a_topic_nobody_created_is_an_error_and_nothing_is_written(self, log: EventLog, topic: str) -> None:
        with pytest.raises(UnknownTopic, match=r"'no\.such'"):
            log.publish([Outgoing(topic, b"key", b""), Outgoing("no.such", b"key", b"")])
        assert everything(log, topic) == []
        for ask in (log.offsets, lambda name: log.read(name, 0, 0, 1), lambda name: log.committed("group", name)):
            with pytest.raises(UnknownTopic):
                ask("no.such")
        assert "no.such" not in log.topics()

    def test_creating_a_topic_again_brings_its_configuration_up_to_date(self, log: EventLog, topic: str) -> None:
        config = TopicConfig(topic, partitions=4, retention_s=None, compacted=True, delete_retention_s=5.0)
        log.create_topic(config)
        assert log.topics()[topic] == config

    def test_another_number_of_partitions_is_refused(self, log: EventLog, topic: str) -> None:
        with pytest.raises(TopicMismatch, match="4 partitions, not 5"):
            log.create_topic(TopicConfig(topic, partitions=5, retention_s=None))

    def test_a_group_that_never_committed_has_no_offsets(self, log: EventLog, topic: str) -> None:
        assert log.committed(f"group.{uuid.uuid4().hex}", topic) == {}

    def test_what_is_committed_for_a_group_is_where_it_goes_on(self, log: EventLog, topic: str) -> None:
        group = f"group.{uuid.uuid4().hex}"
        log.publish([Outgoing(topic, b"%d" % n, b"") for n in range(60)])
        log.commit(group, topic, {0: 3, 2: 5})
        log.commit(group, topic, {2: 4, 3: 1})
        assert log.committed(group, topic) == {0: 3, 2: 4, 3: 1}
        assert group in log.groups()
        assert log.members(group) == 0
        log.commit(group, topic, {})
        assert log.committed(group, topic) == {0: 3, 2: 4, 3: 1}

    def test_a_group_is_forgotten_as_often_as_one_likes(self, log: EventLog, topic: str) -> None:
        group, other = f"group.{uuid.uuid4().hex}", f"group.{uuid.uuid4().hex}"
        log.forget_group(group)
        for each in (group, other):
            log.commit(each, topic, {1: 7})
        log.forget_group(group)
        log.forget_group(group)
        assert (log.committed(group, topic), log.committed(other, topic)) == ({}, {1: 7})
        assert group not in log.groups()

    def test_nothing_is_committed_for_a_topic_nobody_created(self, log: EventLog) -> None:
        with pytest.raises(UnknownTopic):
            log.commit("group", "no.such", {0: 1})

    def test_a_group_that_nobody_knows_has_no_members(self, log: EventLog) -> None:
        assert log.members(f"group.{uuid.uuid4().hex}") == 0

    def test_a_moment_names_the_first_record_of_each_partition_that_came_then_or_later(
        self, log: EventLog, topic: str
    ) -> None:
        log.publish([Outgoing(topic, b"key", b"early")] * 5)
        self.let_time_pass(log)
        (first, *_) = log.publish([Outgoing(topic, b"key", b"late")] * 3)
        (late,) = log.read(topic, first.partition, 5, 1)
        ends = {partition: held.end for partition, held in log.offsets(topic).items()}
        assert log.offsets_at(topic, 0.0) == dict.fromkeys(range(4), 0)
        assert log.offsets_at(topic, late.timestamp) == {**ends, first.partition: 5}
        assert log.offsets_at(topic, late.timestamp + 3600) == ends

    def test_any_number_of_threads_may_use_it(self, log: EventLog, topic: str) -> None:
        def work(number: int) -> int:
            (position,) = log.publish([Outgoing(topic, b"%d" % number, b"%d" % number)])
            (record,) = log.read(topic, position.partition, position.offset, 1)
            return int(record.value or b"")

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(work, range(40))) == list(range(40))

    def test_publishing_nothing_is_fine(self, log: EventLog) -> None:
        nothing: Sequence[Outgoing] = []
        assert list(log.publish(nothing)) == []


Joined = Callable[[str, str], AbstractContextManager[object]]
"""While it is held, the group has one live member, which reads the topic."""


class GroupMembersContract:
    """Of adapters whose groups have members. Offers `log` and `joined`."""

    def test_a_group_with_a_live_member_is_left_alone(self, log: EventLog, joined: Joined) -> None:
        topic, group = f"contract.{uuid.uuid4().hex}", f"group.{uuid.uuid4().hex}"
        log.create_topic(TopicConfig(topic, partitions=1, retention_s=3600.0))
        log.commit(group, topic, {0: 3})
        with joined(group, topic):
            assert log.members(group) == 1
            with pytest.raises(GroupBusy, match="live member"):
                log.commit(group, topic, {0: 9})
            with pytest.raises(GroupBusy, match="live member"):
                log.forget_group(group)
            assert log.committed(group, topic) == {0: 3}
        assert log.members(group) == 0
        log.commit(group, topic, {0: 9})
        assert log.committed(group, topic) == {0: 9}
        log.forget_group(group)
        assert log.committed(group, topic) == {}
