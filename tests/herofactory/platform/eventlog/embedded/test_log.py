from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.groups import Membership
from herofactory.platform.eventlog.embedded.writer import Job
from herofactory.platform.eventlog.port import (
    LogCorrupt,
    LogError,
    LogFull,
    LogVersionMismatch,
    Position,
    TopicConfig,
)
from herofactory.platform.records import Outgoing
from tests.contract.event_log import EventLogContract, GroupMembersContract, Joined, everything


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    log = EmbeddedLog(tmp_path / "log")
    yield log
    log.close()


class TestContract(EventLogContract, GroupMembersContract):
    @pytest.fixture
    def log(self, tmp_path: Path) -> Iterator[EmbeddedLog]:
        log = EmbeddedLog(tmp_path / "log")
        yield log
        log.close()

    @pytest.fixture
    def joined(self, log: EmbeddedLog) -> Joined:
        @contextmanager
        def join(group: str, topic: str) -> Iterator[None]:
            member = Membership(group, "one", 60.0, 60.0, log.alive)
            log.call(member.join)
            yield
            log.call(member.leave)

        return join


def one_partition(log: EmbeddedLog, name: str = "t") -> None:
    log.create_topic(TopicConfig(name, partitions=1, retention_s=None))


def test_a_second_process_continues_where_the_first_ended(tmp_path: Path) -> None:
    first = EmbeddedLog(tmp_path)
    one_partition(first)
    first.publish([Outgoing("t", b"k", b"1")])
    first.close()
    second = EmbeddedLog(tmp_path)
    assert second.publish([Outgoing("t", b"k", b"2")]) == [Position("t", 0, 1)]
    assert [record.value for record in everything(second, "t")] == [b"1", b"2"]
    second.close()


def test_threads_and_connections_interleave_without_loss(log: EmbeddedLog) -> None:
    other = EmbeddedLog(log.folder)
    one_partition(log)

    def publish(which: EmbeddedLog, name: str) -> None:
        for n in range(50):
            which.publish([Outgoing("t", name.encode(), f"{n}".encode())])

    threads = [threading.Thread(target=publish, args=(which, f"{i}")) for i, which in enumerate((log, log, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = everything(log, "t")
    assert [record.offset for record in records] == list(range(150))
    for name in (b"0", b"1", b"2"):
        assert [int(r.value or b"") for r in records if r.key == name] == list(range(50))
    other.close()


PUBLISHER = """
import sys
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.groups import Membership
from herofactory.platform.records import Outgoing
log = EmbeddedLog(sys.argv[1])
n = 0
while True:
    log.publish([Outgoing("t", b"k", str(i).encode()) for i in range(n, n + 3)])
    n += 3
    print(n, flush=True)
"""


def test_nothing_accepted_is_lost_when_the_publishing_process_is_killed(log: EmbeddedLog) -> None:
    one_partition(log)
    command = [sys.executable, "-c", PUBLISHER, str(log.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}) as process:
        assert process.stdout is not None
        accepted = 0
        while accepted < 300:
            accepted = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        for line in process.stdout.readlines():
            accepted = int(line) if line.endswith(b"\n") else accepted
    values = [int(record.value or b"") for record in everything(log, "t")]
    assert values == list(range(len(values)))
    assert len(values) >= accepted
    assert len(values) % 3 == 0, "a publish is all or nothing"


def test_a_full_log_takes_nothing_of_a_publish_and_works_again_with_space(tmp_path: Path) -> None:
    log = EmbeddedLog(tmp_path, max_page_count=60)
    one_partition(log)
    log.publish([Outgoing("t", b"k", b"small")])
    with pytest.raises(LogFull, match="No space left"):
        log.publish([Outgoing("t", b"k", b"x" * 10_000)] * 50)
    assert [record.value for record in everything(log, "t")] == [b"small"]
    log.publish([Outgoing("t", b"k", b"still small")])
    log.close()
    roomy = EmbeddedLog(tmp_path)
    roomy.publish([Outgoing("t", b"k", b"x" * 10_000)] * 50)
    assert len(everything(roomy, "t")) == 52
    roomy.close()


def test_one_publish_too_large_for_the_space_left_does_not_fail_its_neighbours(tmp_path: Path) -> None:
    log = EmbeddedLog(tmp_path, max_page_count=60)
    one_partition(log)
    release, finished = threading.Event(), threading.Semaphore(0)
    errors: list[Exception | None] = []

    def sink(jobs: Sequence[Job]) -> None:
        for job in jobs:
            errors.append(job.error)
            finished.release()

    log.submit_call(lambda _: release.wait(10), lambda _: None)
    for value in (b"a", b"x" * 1_000_000, b"b"):
        log.submit([log.row(Outgoing("t", b"k", value))], sink)
    release.set()
    for _ in range(3):
        assert finished.acquire(timeout=10)
    assert [type(error) for error in errors] == [type(None), LogFull, type(None)]
    assert [record.value for record in everything(log, "t")] == [b"a", b"b"]
    log.close()


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "log.db").write_bytes(b"not a database, " * 1000)
    with pytest.raises(LogCorrupt, match="move the log's folder away"):
        EmbeddedLog(tmp_path)


def test_damage_inside_the_file_is_called_damage(tmp_path: Path) -> None:
    log = EmbeddedLog(tmp_path)
    one_partition(log)
    log.publish([Outgoing("t", b"k", b"x" * 3000)] * 200)
    log.close()
    file = tmp_path / "log.db"
    data = bytearray(file.read_bytes())
    data[8192 * 8 :] = os.urandom(len(data) - 8192 * 8)
    file.write_bytes(data)
    damaged = EmbeddedLog(tmp_path)
    with pytest.raises(LogCorrupt, match="damaged"):
        everything(damaged, "t")
    damaged.close()


def test_a_log_of_another_version_is_refused_naming_both(tmp_path: Path) -> None:
    EmbeddedLog(tmp_path).close()
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(LogVersionMismatch, match="log version 99, this program reads version 1"):
        EmbeddedLog(tmp_path)


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute("CREATE TABLE theirs (id)")
    connection.close()
    with pytest.raises(LogVersionMismatch, match="not an event log"):
        EmbeddedLog(tmp_path)
    with sqlite3.connect(tmp_path / "log.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    connection.close()


def test_a_closed_log_says_so(tmp_path: Path) -> None:
    log = EmbeddedLog(tmp_path)
    one_partition(log)
    log.close()
    with pytest.raises(LogError, match="closed"):
        log.publish([Outgoing("t", b"k", b"")])
    with pytest.raises(LogError, match="closed"):
        log.topics()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogError, match="file/log"):
        EmbeddedLog(tmp_path / "file" / "log")


def test_schemas_keep_their_ids(log: EmbeddedLog) -> None:
    first = log.register_schema("a-value", "{1}")
    second = log.register_schema("a-value", "{2}")
    assert log.register_schema("a-value", "{1}") == first != second
    assert log.register_schema("b-value", "{1}") not in (first, second)
    assert log.schema(second) == "{2}"
    assert log.schemas("a-value") == [(first, "{1}"), (second, "{2}")]
    with pytest.raises(KeyError, match="99"):
        log.schema(99)
