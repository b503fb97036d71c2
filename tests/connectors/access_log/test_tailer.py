from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.access_log import Tailer, tailer
from connectors.access_log.tailer import BLOCK, family
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import LogUnavailable, TopicConfig
from herofactory.platform.records import Outgoing
from herofactory.platform.telemetry.access import Access
from herofactory.platform.telemetry.access_log import AccessLog
from tests.connectors.access_log.followed import TOPIC, Followed, line_of
from tests.support.delivery import Tally
from tests.support.waiting import eventually


@pytest.fixture
def followed(tmp_path: Path) -> Followed:
    return Followed(tmp_path)


def test_there_need_be_no_file_and_no_folder(tmp_path: Path) -> None:
    assert Tailer(tmp_path / "none" / "access.log", TOPIC, print, tmp_path / "tailer", Tally()).poll() == 0


def test_half_a_line_waits_for_its_other_half(followed: Followed) -> None:
    line = line_of(1)
    followed.append(line[:50])
    followed.poll()
    assert followed.lines == []
    followed.append(line[50:] + line_of(2)[:5])
    followed.poll()
    assert followed.lines == [line]


def test_what_was_told_is_not_told_again_after_a_restart(followed: Followed) -> None:
    followed.append(line_of(1))
    followed.poll()
    followed.begin()
    followed.append(line_of(2))
    followed.poll()
    assert followed.lines == [line_of(1), line_of(2)]


def test_a_full_file_is_read_to_its_end_and_the_next_from_its_begin(followed: Followed) -> None:
    followed.append(line_of(1))
    followed.poll()
    followed.append(line_of(2))
    followed.rotate()
    followed.append(line_of(3))
    followed.rotate()
    followed.append(line_of(4))
    followed.poll()
    assert followed.lines == [line_of(number) for number in (1, 2, 3, 4)]


def test_an_emptied_file_is_read_from_its_begin_and_the_loss_is_counted(followed: Followed) -> None:
    followed.append(line_of(1) + line_of(2)[:20])
    followed.poll()
    os.truncate(followed.file, 0)
    followed.append(line_of(3))
    followed.poll()
    assert followed.lines == [line_of(1), line_of(3)]
    assert followed.tailer.tally.lost_bytes == 20


def test_a_file_emptied_and_filled_beyond_where_it_was_read_is_another_one(followed: Followed) -> None:
    followed.append(line_of(1))
    followed.poll()
    os.truncate(followed.file, 0)
    followed.append(line_of(2) + line_of(3))
    followed.poll()
    assert followed.lines == [line_of(1), line_of(2), line_of(3)]


def test_what_is_removed_unread_is_counted_and_forgotten(followed: Followed) -> None:
    followed.append(line_of(1) + line_of(2)[:20])
    followed.poll()
    followed.file.unlink()
    for _ in range(4):
        followed.poll()
    assert followed.tailer.tally.lost_bytes == 20
    assert json.loads((followed.state / "positions.json").read_bytes()) == []


def test_lines_that_are_no_records_are_kept_aside(followed: Followed) -> None:
    followed.append(line_of(1) + b"no json\n\n" + line_of(2))
    followed.poll()
    assert followed.lines == [line_of(1), line_of(2)]
    assert (followed.state / "rejected.log").read_bytes() == b"no json\n"
    assert followed.tailer.tally.rejected == 1


def test_an_endless_line_holds_nothing_up(followed: Followed) -> None:
    followed.append(b"x" * (2 * BLOCK + 10) + b"\n" + line_of(1))
    followed.poll()
    assert followed.lines == [line_of(1)]
    assert followed.tailer.tally.rejected == 3


def test_a_block_that_the_log_refused_is_offered_again(followed: Followed) -> None:
    followed.append(line_of(1))
    down = [LogUnavailable("down")]

    def publish(messages: Sequence[Outgoing]) -> None:
        if down:
            raise down.pop()
        followed.publish(messages)

    following = Tailer(followed.file, TOPIC, publish, followed.state, followed.metrics)
    with pytest.raises(LogUnavailable):
        following.poll()
    assert following.poll() == 1
    assert followed.lines == [line_of(1)]


def test_positions_that_cannot_be_read_cost_repeats_and_no_line(followed: Followed) -> None:
    followed.append(line_of(1))
    followed.poll()
    (followed.state / "positions.json").write_text("{half")
    followed.begin()
    followed.poll()
    assert followed.lines == [line_of(1), line_of(1)]


def test_the_files_of_several_processes_belong_together(tmp_path: Path) -> None:
    names = ["access-2.log", "access.000000010.log", "access.log", "access.000000009.log", "access-2.000000001.log"]
    for name in [*names, "api.log", "access.log.gz", ".access.log.lock", "access-x.log"]:
        (tmp_path / name).touch()
    assert [path.name for path in family(tmp_path / "access.log")] == [
        "access.000000009.log",
        "access.000000010.log",
        "access.log",
        "access-2.000000001.log",
        "access-2.log",
    ]


STEP = st.one_of(
    st.tuples(st.just("line"), st.integers(0, 60)),
    st.tuples(st.just("piece"), st.integers(1, 80)),
    st.tuples(st.just("junk"), st.sampled_from([b"junk\n", b"\n", b"{}\n", b"\xff\n"])),
    st.tuples(st.just("poll"), st.sampled_from(["", "", "before", "after", "save"])),
    st.tuples(st.sampled_from(["rotate", "empty", "restart", "remove"]), st.none()),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, max_size=40))
def test_every_line_is_told_whole_whatever_happens(steps: list[tuple[str, int | bytes | str | None]]) -> None:
    """At least once; and counting ids once, exactly the lines written but those destroyed before they were read."""
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder))
        for step, argument in steps:
            run.do(step, argument)
        run.finish()
        run.check()


class Run:
    def __init__(self, folder: Path) -> None:
        self.followed = Followed(folder)
        self.number = 0
        self.owed: set[bytes] = set()
        """Written, whole, and not destroyed unread."""
        self.written: set[bytes] = set()
        self.begun = b""
        """A line of which a piece is written."""
        self.left = b""
        self.here: list[bytes] = []
        """Whole lines in the file being written."""

    def do(self, step: str, argument: int | bytes | str | None) -> None:
        match step, argument:
            case "line", int(padding):
                self.line(padding)
            case "piece", int(size):
                self.piece(size)
            case "junk", bytes(junk):
                self.end_line()
                self.followed.append(junk)
            case "poll", str(killed):
                self.followed.poll(killed=killed)
            case "rotate", _:
                self.end_line()
                self.followed.rotate()
                self.here = []
            case "empty" | "remove", _:
                self.destroy(step)
            case _:
                self.followed.begin()

    def line(self, padding: int) -> None:
        self.end_line()
        self.begin_line(padding)
        self.end_line()

    def piece(self, size: int) -> None:
        if not self.left:
            self.begin_line(size)
        self.followed.append(self.left[:size])
        self.left = self.left[size:]
        if not self.left:
            self.line_is_whole()

    def begin_line(self, padding: int) -> None:
        self.number += 1
        self.begun = self.left = line_of(self.number, padding)

    def end_line(self) -> None:
        if self.left:
            self.followed.append(self.left)
            self.left = b""
            self.line_is_whole()

    def line_is_whole(self) -> None:
        if self.begun:
            self.written.add(self.begun)
            self.owed.add(self.begun)
            self.here.append(self.begun)

    def destroy(self, how: str) -> None:
        if not self.followed.file.exists():
            return
        self.owed -= set(self.here)
        self.here, self.begun = [], b""
        if how == "remove":
            self.followed.file.unlink()
        else:
            os.truncate(self.followed.file, 0)

    def finish(self) -> None:
        self.end_line()
        self.followed.append(b"\n")
        self.followed.begin()
        self.followed.poll()
        self.followed.poll()

    def check(self) -> None:
        told = set(self.followed.lines)
        assert self.owed <= told <= self.written


@pytest.mark.anyio
async def test_from_the_edges_file_to_the_event_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tailer, "_IDLE_S", 0.01)
    path = tmp_path / "logs" / "access.log"
    access_log = AccessLog(path, 2_000, 50, Tally(), "1")
    with closing(EmbeddedLog(tmp_path / "log")) as log:
        log.create_topic(TopicConfig(TOPIC, 2, None))
        following = Tailer(path, TOPIC, log.publish, tmp_path / "tailer", Tally())
        task = asyncio.create_task(following.run())
        for number in range(100):
            access_log.put(Access(number, number, "GET", "/r", "/r", 200))
        access_log.close()
        await eventually(lambda: following.tally.published == 100)
        task.cancel()
        await asyncio.wait([task])
        records = [record for partition in (0, 1) for record in log.read(TOPIC, partition, 0, 200)]
    durations = sorted(json.loads(record.value or b"")["event"]["duration"] for record in records)
    assert durations == list(range(100))
