"""Two workers under steady input, and what may happen to them. A test class inherits this and offers `course`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from yarl import URL

from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.records import Outgoing
from streams.faust_app import WorkerTimes, group_of

RATE = 300
"""Records a second."""
BATCH = 15
PATIENCE_S = 20.0
"""Beyond the session timeout, for a slow machine."""


def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@dataclass
class Course:
    """A log with two fresh topics of four partitions; workers that copy one to the other, record by record."""

    log: EventLog
    broker: URL
    source: str
    out: str
    agent: str
    times: WorkerTimes

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[str]]:
        """A started worker process; killed at the end."""
        words = [str(self.broker), self.source, self.out, self.agent, str(self.times.session_timeout)]
        command = [sys.executable, "-m", "tests.support.copier", *words]
        environment = {**os.environ, "PYTHONPATH": "."}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "started\n"
                yield process
            finally:
                process.kill()

    def freeze(self, worker: subprocess.Popen[str]) -> None:
        worker.send_signal(signal.SIGSTOP)

    def done(self) -> dict[int, int]:
        return dict(self.log.committed(group_of(self.agent), self.source))

    def committed(self) -> int:
        return sum(self.done().values())

    def taken_over(self, before: int) -> bool:
        """All partitions move again: nothing is left behind the records that were there at the kill."""
        ends, done = self.log.offsets(self.source), self.done()
        behind = max(held.end - done.get(partition, 0) for partition, held in ends.items())
        return sum(done.values()) > before + RATE and behind < RATE

    def outputs(self) -> list[tuple[bytes | None, int]]:
        """(key, number) of every output, partition by partition in order."""
        found: list[tuple[bytes | None, int]] = []
        for partition in self.log.offsets(self.out):
            at = 0
            while batch := self.log.read(self.out, partition, at, 5000):
                found += [(record.key, int(record.value or b"")) for record in batch]
                at = batch[-1].offset + 1
        return found


class Input(threading.Thread):
    """Publishes numbered records at a steady rate until told to stop."""

    def __init__(self, course: Course) -> None:
        super().__init__()
        self._course, self._enough = course, threading.Event()
        self.published = 0

    def run(self) -> None:
        while not self._enough.wait(BATCH / RATE):
            numbers = range(self.published, self.published + BATCH)
            messages = [Outgoing(self._course.source, b"key-%d" % (n % 97), b"%d" % n) for n in numbers]
            self._course.log.publish(messages)
            self.published += BATCH

    def stop(self) -> None:
        self._enough.set()
        if self.is_alive():
            self.join()

    def __enter__(self) -> Input:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class TwoWorkersContract:
    def test_nothing_is_lost_and_only_the_killed_workers_last_moments_are_repeated(self, course: Course) -> None:
        patience = course.times.session_timeout + PATIENCE_S
        with course.worker() as first, course.worker() as second, Input(course) as steady:
            steady.start()
            until(lambda: course.committed() > 300, patience)
            # Not right after a commit, where a kill would hurt least.
            target = steady.published + int(RATE * 0.3)
            until(lambda: steady.published >= target, patience)
            second.kill()
            at_kill, before = time.monotonic(), course.committed()
            until(lambda: course.taken_over(before), patience)
            assert time.monotonic() - at_kill < course.times.session_timeout + 5
            with course.worker() as third:
                until(lambda: course.committed() > before + 900, patience)
                first.terminate()
                assert first.wait(patience) == 0
                with course.worker():
                    target = steady.published + 300
                    until(lambda: steady.published > target, patience)
                    steady.stop()
                    until(lambda: course.committed() == steady.published, patience)
                    third.terminate()
                    assert third.wait(patience) == 0
        check(course, steady.published)

    @pytest.mark.chaos
    def test_a_worker_that_froze_is_fenced_and_comes_back(self, course: Course) -> None:
        patience = course.times.session_timeout + PATIENCE_S
        with course.worker() as first, course.worker() as second, Input(course) as steady:
            steady.start()
            until(lambda: course.committed() > 300, patience)
            course.freeze(second)
            before = course.committed()
            until(lambda: course.taken_over(before), patience)
            second.send_signal(signal.SIGCONT)
            # It takes part again: alone it finishes what comes.
            time.sleep(course.times.session_timeout)
            first.terminate()
            assert first.wait(patience) == 0
            steady.stop()
            until(lambda: course.committed() == steady.published, patience)
        check(course, steady.published)


def check(course: Course, published: int) -> None:
    """The independent checker: it knows what went in, and looks at nothing but what came out."""
    results = course.outputs()
    times = Counter(number for _, number in results)
    assert set(times) == set(range(published)), "nothing lost, nothing invented"
    repeated = {number for number, count in times.items() if count > 1}
    # What the killed worker had done since its last commit, at half the rate; once more that for a slow machine.
    assert len(repeated) <= 2 * RATE * course.times.commit_interval
    assert all(times[number] == 2 for number in repeated), "the graceful restart repeats nothing"
    firsts: dict[bytes | None, list[int]] = {}
    for key, number in results:
        seen = firsts.setdefault(key, [])
        if number not in seen:
            seen.append(number)
    assert all(numbers == sorted(numbers) for numbers in firsts.values()), "every key in order"
    print(f"published {published}, repeated {len(repeated)}")
