from __future__ import annotations

import logging

import pytest

from herofactory.platform.eventlog.kafka import client_log
from herofactory.platform.eventlog.kafka.client_log import Seldom


def line(text: str) -> logging.LogRecord:
    return logging.LogRecord("n", logging.ERROR, "", 0, "%s", (text,), None)


def test_a_broker_that_is_away_is_said_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(f"{client_log.__name__}.time.monotonic", lambda: now[0])
    seldom = Seldom()
    assert [seldom.filter(line(f"FAIL [client] try {n}")) for n in range(3)] == [True, False, False]
    assert seldom.filter(line("GETPID [client] another kind"))
    now[0] += client_log.QUIET_S
    assert seldom.filter(line("FAIL [client] still"))
