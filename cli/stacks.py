"""What runs under each stack. Apart, so that the command that only starts it loads nothing else."""

from __future__ import annotations

from collections.abc import Mapping

PARTS: Mapping[str, tuple[str, ...]] = {
    "embedded": ("relay", "worker", "bridge", "api"),
    "kafka": ("housekeeper", "worker", "bridge", "api"),
}
"""In the order of their start."""
