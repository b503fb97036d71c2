"""What those need to know who do not load the suites."""

from __future__ import annotations

NAMES = ("items", "searches", "requests", "catalogue", "outbox", "figures", "missing")
"""Of the suites."""
FOLDER = "quality"
"""Where the pages lie within HERO_DATA."""
