"""The platform's processes, from their one entry."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cli import run
from cli.errors import INTERRUPTED


def test_ctrl_c_before_a_part_minds_it_is_an_exit_status_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def importing(_: Sequence[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "tie", lambda: None)
    monkeypatch.setitem(run._ENTRIES, "api", importing)
    assert run.main(["api"]) == INTERRUPTED
