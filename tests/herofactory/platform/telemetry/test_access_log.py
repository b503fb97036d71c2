from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.access import Access
from herofactory.platform.telemetry.access_file import RotatingFile
from herofactory.platform.telemetry.access_log import AccessLog, open_access_log
from tests.support.delivery import Tally
from tests.support.platform import until

DROPPED = "hero_access_log_dropped_total"


def request(number: int) -> Access:
    return Access(0, number, "GET", "/r", "/r", 200)


def durations(path: Path) -> list[int]:
    return [json.loads(line)["event"]["duration"] for line in path.read_bytes().splitlines()]


def open_log(path: Path, metrics: Tally, queued: int = 100) -> AccessLog:
    return AccessLog(path, 1_000_000, 3, metrics, "1", queued)


def test_what_was_put_is_written_in_order_and_before_closing_ends(tmp_path: Path) -> None:
    log = open_log(tmp_path / "access.log", Tally())
    for number in range(50):
        log.put(request(number))
    log.close()
    assert durations(tmp_path / "access.log") == list(range(50))


def test_without_a_request_there_is_no_file_and_no_thread(tmp_path: Path) -> None:
    open_log(tmp_path / "access.log", Tally()).close()
    assert not list(tmp_path.iterdir())


def test_a_disk_that_hangs_holds_up_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, write = threading.Event(), RotatingFile.write

    def hang(file: RotatingFile, line: bytes) -> None:
        assert hanging.wait(10)
        write(file, line)

    monkeypatch.setattr(RotatingFile, "write", hang)
    metrics = Tally()
    log = open_log(tmp_path / "access.log", metrics, queued=3)
    for number in range(50):
        log.put(request(number))
    hanging.set()
    log.close()
    dropped = metrics.counters[DROPPED, "queue"]
    assert len(durations(tmp_path / "access.log")) + dropped == 50
    assert dropped >= 46


def test_on_a_full_disk_lines_are_dropped_and_counted_until_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = Tally()
    log = open_log(tmp_path / "access.log", metrics)
    with monkeypatch.context() as patch:
        patch.setattr(RotatingFile, "_append", _full)
        log.put(request(1))
        log.put(request(2))
        until(lambda: metrics.counters.get((DROPPED, "disk")) == 2, "both dropped")
    log.put(request(3))
    log.close()
    assert durations(tmp_path / "access.log") == [3]


def test_a_line_that_cannot_be_made_costs_itself_alone(tmp_path: Path) -> None:
    metrics = Tally()
    log = open_log(tmp_path / "access.log", metrics)
    log.put(Access(1e20, 1, "GET", "/r", "/r", 200))
    log.put(request(2))
    log.close()
    assert durations(tmp_path / "access.log") == [2]
    assert metrics.counters[DROPPED, "line"] == 1


def test_the_log_can_be_elsewhere_and_off(tmp_path: Path) -> None:
    def settings(access_log: str | None) -> Settings:
        return Settings(data=tmp_path, access_log=access_log, _env_file=None)  # type: ignore[call-arg]  # pydantic's own

    assert settings(None).access_log_file == tmp_path / "logs" / "access.log"
    assert settings("/var/log/hero/access.log").access_log_file == Path("/var/log/hero/access.log")
    assert open_access_log(settings("off"), Tally()) is None
    assert open_access_log(settings(None), Tally()) is not None


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")
