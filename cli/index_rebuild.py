"""Asking the running worker for a rebuild of the search index, and waiting for it."""

from __future__ import annotations

import json
import time
from typing import Any

import psycopg

from cli.compose import dsn_of
from cli.errors import CliError
from herofactory.platform.ids import uuid7
from herofactory.platform.settings import Settings
from herofactory.search.rebuild_requests import ASK, TELL


def request_rebuild(settings: Settings, timeout_s: float) -> dict[str, Any]:
    """The worker's answer. Raises CliError when it failed or did not answer in time."""
    answer = ask(dsn_of(settings), timeout_s)
    if "error" in answer:
        raise CliError(f"the index was not rebuilt, it stays as it is: {answer['error']}")
    return answer


def ask(dsn: str, timeout_s: float) -> dict[str, Any]:
    """Whatever the worker answers. Raises CliError when it does not in time."""
    request = str(uuid7())
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"LISTEN {TELL}")
        connection.execute("SELECT pg_notify(%s, %s)", (ASK, request))
        return _answer(connection, request, timeout_s)


def _answer(connection: psycopg.Connection[Any], request: str, timeout_s: float) -> dict[str, Any]:
    deadline = time.monotonic() + timeout_s
    while (left := deadline - time.monotonic()) > 0:
        for notice in connection.notifies(timeout=left, stop_after=1):
            answer: dict[str, Any] = json.loads(notice.payload)
            if answer.get("id") == request:
                return answer
    raise CliError(f"no answer from the worker within {timeout_s:g} s: see `hero status` and logs/worker.log")
