from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COUNTS = """
import os
from herofactory.platform.telemetry.metric_files import make_room
{first}
print(make_room(), "PROMETHEUS_MULTIPROC_DIR" in os.environ)
from herofactory.platform.telemetry.metrics import PrometheusMetrics
metrics = PrometheusMetrics()
metrics.count("hero_search_queries_total", result="found")
metrics.gauge("hero_log_bytes", 1.0)
metrics.observe("hero_search_seconds", 0.1)
"""
FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"


def test_room_is_taken_before_anything_is_counted(tmp_path: Path) -> None:
    assert count_in(tmp_path) == "True True"
    files = list(tmp_path.glob("*.db"))
    assert len(files) == 3
    assert all(file.stat().st_blocks * 512 >= file.stat().st_size for file in files)


def test_without_space_a_process_counts_for_itself_and_lives(tmp_path: Path) -> None:
    assert count_in(tmp_path, FULL) == "False False"
    assert list(tmp_path.iterdir()) == []


def count_in(folder: Path, first: str = "") -> str:
    """In a process of its own: what is imported first decides where metrics are kept."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    command = [sys.executable, "-c", COUNTS.format(first=first)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()
