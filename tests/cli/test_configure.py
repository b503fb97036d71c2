"""Commands find what runs: by the data folder alone, whatever it was started with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.configure import load_settings, settings_of_running
from cli.errors import CliError
from cli.supervise.lock import DataLock
from cli.supervise.state import RunState, write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Held, as by a platform on the Kafka stack at port 8123."""
    folder = tmp_path / "hero"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HERO_DATA", str(folder))
    for name in ("HERO_STACK", "PORT"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("HERO_DATABASE_URL", "postgresql://hero:s3cret@127.0.0.1:1/hero")
    lock = DataLock(folder)
    lock.acquire(1)
    write(folder, RunState(1, "http://127.0.0.1:8123", [], "kafka"))
    yield folder
    lock.release()


@pytest.mark.usefixtures("folder")
def test_stack_and_address_are_those_of_what_runs() -> None:
    found = settings_of_running()
    assert (found.stack, found.host, found.port) == ("kafka", "127.0.0.1", 8123)


@pytest.mark.usefixtures("folder")
def test_what_is_given_counts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERO_STACK", "embedded")
    found = settings_of_running(port=9000)
    assert (found.stack, found.port) == ("embedded", 9000)


@pytest.mark.usefixtures("folder")
def test_what_starts_a_platform_takes_nothing_from_another() -> None:
    found = load_settings()
    assert (found.stack, found.port) == ("embedded", 8000)


def test_what_has_ended_is_not_followed(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "hero", RunState(1, "http://127.0.0.1:8123", [], "kafka"))
    left = tmp_path / "left"
    left.mkdir()
    (left / "run.json").write_bytes((folder / "run.json").read_bytes())
    assert settings_of_running(data=left).stack == "embedded"


@pytest.mark.usefixtures("folder")
def test_a_stack_whose_servers_are_not_named_here_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERO_DATABASE_URL", "")
    with pytest.raises(CliError, match=r"hero up --stack kafka.*HERO_DATABASE_URL"):
        settings_of_running()
