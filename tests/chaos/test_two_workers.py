"""Two workers, steady input: one is killed and comes back, then the other is restarted gracefully."""

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
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.records import Outgoing
from tests.chaos.worker import TIMES

GROUP = "herofactory.copy"
RATE = 300
"""Records a second."""
BATCH = 15


@contextmanager
def worker(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A started worker process; killed at the end."""
    command = [sys.executable, "-m", "tests.chaos.worker", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."}) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            yield process
        finally:
            process.kill()


def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


class Input(threading.Thread):
    """Publishes numbered records at a steady rate until told to stop."""

    def __init__(self, log: EmbeddedLog) -> None:
        super().__init__()
        self._log, self._enough = log, threading.Event()
        self.published = 0

    def run(self) -> None:
        while not self._enough.wait(BATCH / RATE):
            numbers = range(self.published, self.published + BATCH)
            self._log.publish([Outgoing("in", b"key-%d" % (n % 97), b"%d" % n) for n in numbers])
            self.published += BATCH

    def stop(self) -> None:
        self._enough.set()
        self.join()


def committed(log: EmbeddedLog) -> int:
    return sum(log.committed(GROUP, "in").values())


def outputs(log: EmbeddedLog) -> list[tuple[bytes | None, int]]:
    """(key, number) of every output, partition by partition in order."""
    found: list[tuple[bytes | None, int]] = []
    for partition in log.offsets("out"):
        at = 0
        while batch := log.read("out", partition, at, 5000):
            found += [(record.key, int(record.value or b"")) for record in batch]
            at = batch[-1].offset + 1
    return found


def test_nothing_is_lost_and_only_the_killed_workers_last_moments_are_repeated(tmp_path: Path) -> None:
    log = EmbeddedLog(tmp_path)
    for topic in ("in", "out"):
        log.create_topic(TopicConfig(topic, 4, retention_s=None))
    steady = Input(log)
    with worker(tmp_path) as first, worker(tmp_path) as second:
        steady.start()
        until(lambda: committed(log) > 300, 10)
        # Not right after a commit, where a kill would hurt least.
        target = steady.published + int(RATE * 0.3)
        until(lambda: steady.published >= target, 10)
        second.kill()
        at_kill = time.monotonic()
        before = committed(log)
        until(lambda: _taken_over(log, before), 10)
        assert time.monotonic() - at_kill < TIMES.session_timeout + 5
        with worker(tmp_path) as third:
            until(lambda: committed(log) > before + 900, 10)
            first.terminate()
            assert first.wait(5) == 0
            with worker(tmp_path):
                target = steady.published + 300
                until(lambda: steady.published > target, 10)
                steady.stop()
                until(lambda: committed(log) == steady.published, 15)
                third.terminate()
                assert third.wait(5) == 0
    results = outputs(log)
    log.close()
    _check(results, steady.published)


def _taken_over(log: EmbeddedLog, before: int) -> bool:
    """All partitions move again: nothing is left behind the records that were there at the kill."""
    ends = log.offsets("in")
    done = log.committed(GROUP, "in")
    return committed(log) > before + 300 and all(ends[p].end - done.get(p, 0) < RATE for p in ends)


def _check(results: list[tuple[bytes | None, int]], published: int) -> None:
    """The independent checker: it knows what went in, and looks at nothing but what came out."""
    times = Counter(number for _, number in results)
    assert set(times) == set(range(published)), "nothing lost, nothing invented"
    repeated = {number for number, count in times.items() if count > 1}
    # What the killed worker had done since its last commit, at half the rate; once more that for a slow machine.
    assert len(repeated) <= 2 * RATE * TIMES.commit_interval
    assert all(times[number] == 2 for number in repeated), "the graceful restart repeats nothing"
    firsts: dict[bytes | None, list[int]] = {}
    for key, number in results:
        seen = firsts.setdefault(key, [])
        if number not in seen:
            seen.append(number)
    assert all(numbers == sorted(numbers) for numbers in firsts.values()), "every key in order"
    print(f"published {published}, repeated {len(repeated)}")


@pytest.mark.chaos
def test_a_worker_that_froze_is_fenced_and_comes_back(tmp_path: Path) -> None:
    log = EmbeddedLog(tmp_path)
    for topic in ("in", "out"):
        log.create_topic(TopicConfig(topic, 4, retention_s=None))
    steady = Input(log)
    with worker(tmp_path) as first, worker(tmp_path) as second:
        steady.start()
        until(lambda: committed(log) > 300, 10)
        second.send_signal(signal.SIGSTOP)
        before = committed(log)
        until(lambda: _taken_over(log, before), 10)
        second.send_signal(signal.SIGCONT)
        # It takes part again: alone it finishes what comes.
        time.sleep(TIMES.session_timeout)
        first.terminate()
        assert first.wait(5) == 0
        steady.stop()
        until(lambda: committed(log) == steady.published, 15)
    results = outputs(log)
    log.close()
    _check(results, steady.published)
