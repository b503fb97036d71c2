"""Two processes share the tests out: the longest first, so that neither waits for the other in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

LONGEST = [Path(__file__).with_name(name) for name in ("test_platform.py", "test_replays.py")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path not in LONGEST)
