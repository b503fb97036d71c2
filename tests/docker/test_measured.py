"""docker/measured.py: a process of the platform that can be scraped."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.docker.composed import ROOT
from tests.stack.ports import free_port

# As measured.py starts, on a port of this test's own, and a part that only tells a figure and stays.
PROGRAM = """
import runpy, sys, time
import cli.run
from herofactory.platform.telemetry.metrics import PrometheusMetrics
def part(_):
    PrometheusMetrics().gauge("hero_outbox_rows", 7)
    time.sleep(60)
    return 0
cli.run._ENTRIES["worker"] = part
module = runpy.run_path(sys.argv[1])
module["main"].__globals__["PORT"] = int(sys.argv[2])
module["main"](["worker"])
"""


def test_a_parts_figures_can_be_scraped(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", PROGRAM, str(ROOT / "docker/measured.py"), str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "HERO_DATA": str(tmp_path)})
    try:
        assert "hero_outbox_rows 7.0" in scraped(f"http://127.0.0.1:{port}/metrics")
    finally:
        process.kill()
        process.wait()


def scraped(url: str) -> str:
    """Once the figure is there; what was answered last after 20 s."""
    deadline, text = time.monotonic() + 20, ""
    while "hero_outbox_rows 7.0" not in text and time.monotonic() < deadline:
        try:
            text = httpx.get(url, timeout=2).text
        except httpx.TransportError:
            time.sleep(0.05)
    return text
