from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from herofactory.platform.records import Outgoing
from herofactory.platform.spool import Limits, Spool
from herofactory.platform.spool.limits import Timing
from tests.support.observing import TOO_LARGE, CountedMetrics, ScriptedLog

TIMING = Timing(grace_s=2.0, first_retry_s=0.01, longest_retry_s=0.05)


def message(number: int, topic: str = "search.query") -> Outgoing:
    return Outgoing(topic, b"key", str(number).encode(), {"event-id": b"id", "occurred-at": "오늘".encode()})


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@contextmanager
def spool_of(
    log: ScriptedLog,
    folder: Path,
    metrics: CountedMetrics | None = None,
    limits: Limits | None = None,
    name: str = "edge",
) -> Iterator[Spool]:
    spool = Spool(log, folder, name, metrics or CountedMetrics(), limits or Limits(), TIMING)
    try:
        yield spool
    finally:
        spool.close()


def offer_all(spool: Spool, numbers: range) -> None:
    for number in numbers:
        spool.offer(message(number))


def dropped(metrics: CountedMetrics) -> dict[str, float]:
    return {why: count for (name, why), count in metrics.counts.items() if name == "hero_spool_dropped_total"}


def test_what_is_offered_is_delivered_whole_and_in_order(tmp_path: Path) -> None:
    log, metrics = ScriptedLog(), CountedMetrics()
    with spool_of(log, tmp_path, metrics) as spool:
        for number in range(2_000):
            spool.offer(message(number))
    assert log.sent == [message(number) for number in range(2_000)]
    assert dropped(metrics) == {}
    assert metrics.gauges["hero_spool_records"] == 0


def test_an_offer_returns_while_the_log_hangs_and_nothing_is_lost(tmp_path: Path) -> None:
    log, metrics = ScriptedLog(), CountedMetrics()
    log.open.clear()
    with spool_of(log, tmp_path, metrics, Limits(records=100)) as spool:
        spool.offer(message(0))
        assert log.entered.wait(10)  # from here on the log holds its caller
        for number in range(1, 1_000):
            spool.offer(message(number))
            until(lambda: len(spool._inbox) < 100)  # the spool's own thread writes to the disk meanwhile
        assert log.sent == []
        log.open.set()
        until(lambda: len(log.sent) == 1_000)
    assert log.numbers == list(range(1_000))
    assert dropped(metrics) == {}


def test_an_outage_is_waited_for_and_the_order_kept(tmp_path: Path) -> None:
    log, metrics = ScriptedLog(), CountedMetrics()
    log.is_up = False
    with spool_of(log, tmp_path, metrics, Limits(records=50, batch_records=7, segment_bytes=500)) as spool:
        for number in range(300):
            spool.offer(message(number))
            until(lambda: len(spool._inbox) < 50)
        until(lambda: log.attempts > 3)
        log.is_up = True
        until(lambda: len(log.sent) == 300)
    assert log.numbers == list(range(300))
    assert dropped(metrics) == {}


def test_what_neither_memory_nor_disk_can_hold_is_dropped_and_counted(tmp_path: Path) -> None:
    log, metrics = ScriptedLog(), CountedMetrics()
    log.is_up = False
    with spool_of(log, tmp_path, metrics, Limits(records=50, disk_bytes=5_000)) as spool:
        for number in range(1_000):
            spool.offer(message(number))
        log.is_up = True
        until(lambda: metrics.gauges.get("hero_spool_records") == 0 and log.sent)
    assert len(log.sent) + sum(dropped(metrics).values()) == 1_000
    assert set(dropped(metrics)) == {"memory"}
    assert log.numbers == sorted(log.numbers)


def test_what_the_log_can_never_take_holds_up_nothing(tmp_path: Path) -> None:
    log, metrics = ScriptedLog(), CountedMetrics()
    large = Outgoing("search.query", None, b"x" * (TOO_LARGE + 1))
    with spool_of(log, tmp_path, metrics) as spool:
        for each in (message(1), message(2, "nowhere"), message(3), large, message(4)):
            spool.offer(each)
    assert log.numbers == [1, 3, 4]
    assert dropped(metrics) == {"unknown_topic": 1, "too_large": 1}


def test_a_message_that_breaks_the_adapter_is_dropped_alone(tmp_path: Path) -> None:
    class Fragile(ScriptedLog):
        def publish(self, messages):  # type: ignore[no-untyped-def]
            if any(each.value == b"2" for each in messages):
                raise TypeError("no such thing")
            return super().publish(messages)

    log, metrics = Fragile(), CountedMetrics()
    with spool_of(log, tmp_path, metrics) as spool:
        for number in range(5):
            spool.offer(message(number))
    assert log.numbers == [0, 1, 3, 4]
    assert dropped(metrics) == {"error": 1}


def test_what_is_left_at_the_end_is_delivered_by_the_next_process_first(tmp_path: Path) -> None:
    log = ScriptedLog()
    log.is_up = False
    with spool_of(log, tmp_path) as spool:
        for number in range(1_200):
            spool.offer(message(number))
    assert log.sent == []
    log.is_up = True
    with spool_of(log, tmp_path) as spool:
        until(lambda: len(log.sent) == 1_200)
        spool.offer(message(1_200))
    assert log.numbers == list(range(1_201))
    assert list(tmp_path.rglob("*.spool")) == []


def test_a_log_that_hangs_does_not_keep_the_process_from_ending(tmp_path: Path) -> None:
    log = ScriptedLog()
    log.open.clear()
    spool = Spool(log, tmp_path, "edge", CountedMetrics(), timing=Timing(grace_s=0.05))
    for number in range(3):
        spool.offer(message(number))
    assert log.entered.wait(10)
    spool.close()
    kept = ScriptedLog()
    with spool_of(kept, tmp_path):
        until(lambda: len(kept.sent) == 3)
    assert kept.numbers == [0, 1, 2]
    log.open.set()


def test_after_the_end_an_offer_is_dropped_and_counted(tmp_path: Path) -> None:
    metrics = CountedMetrics()
    with spool_of(ScriptedLog(), tmp_path, metrics) as spool:
        spool.close()
        spool.offer(message(1))
    assert dropped(metrics) == {"closed": 1}


def test_two_live_processes_do_not_deliver_each_others_files(tmp_path: Path) -> None:
    first, second = ScriptedLog(), ScriptedLog()
    first.is_up = False
    with spool_of(first, tmp_path, limits=Limits(records=4)) as one:
        for number in range(40):
            one.offer(message(number))
            until(lambda: len(one._inbox) < 4)
        with spool_of(second, tmp_path) as two:
            two.offer(message(100))
        assert second.numbers == [100]
        first.is_up = True
        until(lambda: len(first.sent) == 40)


def test_the_files_of_all_dead_processes_are_taken_over(tmp_path: Path) -> None:
    down = ScriptedLog()
    down.is_up = False
    with spool_of(down, tmp_path) as one, spool_of(down, tmp_path) as two:
        one.offer(message(1))
        until(lambda: (tmp_path / "edge-0").exists())
        two.offer(message(2))
        until(lambda: (tmp_path / "edge-1").exists())
    log = ScriptedLog()
    with spool_of(log, tmp_path):
        until(lambda: len(log.sent) == 2)
    assert sorted(log.numbers) == [1, 2]


def test_without_a_folder_there_is_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log, metrics = ScriptedLog(), CountedMetrics()
    with spool_of(log, tmp_path / "file" / "spool", metrics) as spool:
        spool.offer(message(1))
    assert log.numbers == [1]
    log.is_up = False
    with spool_of(log, tmp_path / "file" / "spool", metrics) as spool:
        spool.offer(message(2))
    assert dropped(metrics) == {"disk": 1}


def test_many_threads_offer_at_once(tmp_path: Path) -> None:
    log, metrics = ScriptedLog(), CountedMetrics()
    with spool_of(log, tmp_path, metrics) as spool:
        threads = [Thread(target=offer_all, args=(spool, range(at, 1_000, 4))) for at in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(log.numbers) == list(range(1_000))
    for at in range(4):
        assert [n for n in log.numbers if n % 4 == at] == list(range(at, 1_000, 4))


CRASHING = """
import os, sys
from pathlib import Path
from herofactory.platform.spool import Limits, Spool
from tests.herofactory.platform.spool.test_spool import message, until
from tests.support.observing import CountedMetrics, ScriptedLog

log = ScriptedLog()
log.is_up = False
spool = Spool(log, Path(sys.argv[1]), "edge", CountedMetrics(), Limits(records=10))
for number in range(100):
    spool.offer(message(number))
    until(lambda: len(spool._inbox) < 10 and not spool._inbox.is_filling)
os.kill(os.getpid(), 9)
"""


def test_a_killed_process_loses_at_most_what_was_in_memory(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CRASHING, str(tmp_path)], check=False, timeout=60)
    assert done.returncode == -9
    log, metrics = ScriptedLog(), CountedMetrics()
    with spool_of(log, tmp_path, metrics):
        until(lambda: len(log.sent) >= 85)
    # The batch in hand is in memory too: the first message, which was alone when it was taken.
    assert log.numbers == sorted(set(log.numbers))
    assert set(log.numbers) >= set(range(10, 90))
    assert dropped(metrics) == {}
