"""What `hero status` says of agents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.commands.status import _show
from cli.overview import _told
from herofactory.platform.parts import Part

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def worker(instance: str, agents: Mapping[str, Any]) -> Part:
    return Part("worker", f"{instance}:7", 7, "running", {"agents": agents}, NOW)


def test_what_retention_took_is_told_of_followers_too_and_of_all_workers(capsys: pytest.CaptureFixture[str]) -> None:
    halted: dict[str, Any] = {"state": "halted", "cause": "no such index", "missed": 2}
    told = _told(
        [
            worker("one", {"indexing.g2": {"state": "running", "cause": None, "missed": 3}}),
            worker("two", {"indexing.g2": halted, "listing": {"state": "running", "cause": None, "missed": 0}}),
        ]
    )
    assert told["indexing.g2"] == {**halted, "missed": 5}
    found: dict[str, Any] = {
        "running": True,
        "pid": 1,
        "url": None,
        "stack": "embedded",
        "data": "here",
        "parts": [],
        "problems": [],
    }
    agents = {name: {**agent, "lag": 0, "dead_letters": 0} for name, agent in told.items()}
    _show({**found, "agents": agents})
    said = capsys.readouterr().out
    assert "indexing.g2: retention took 5 records before it read them" in " ".join(said.split())
    assert "listing: retention" not in said
