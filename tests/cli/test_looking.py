"""Commands that only look load nothing of what the parts of the platform are made of: they answer at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.platform import Platform

PARTS = {
    "api",
    "cli.ground",
    "comfy_bridge",
    "connectors",
    "elasticsearch",
    "fastapi",
    "faust",
    "herofactory.moderation",
    "herofactory.search",
    "herofactory.studio",
    "httpx",
    "mecab_ko",
    "openai",
    "PIL",
    "streams.agents",
    "streams.runtime",
    "tantivy",
}
OF_WORK = {"herofactory", "psycopg", "structlog"}
LOADED = """
import sys
from cli.main import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def loaded(folder: Path, *arguments: str) -> set[str]:
    """Modules and their packages, once the command has answered."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        env={**os.environ, "HERO_DATA": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_help_loads_nothing_of_the_platform(tmp_path: Path) -> None:
    assert not loaded(tmp_path, "--help") & (PARTS | OF_WORK)
    assert not loaded(tmp_path, "replay", "--help") & (PARTS | OF_WORK)


@pytest.mark.parametrize(
    "arguments", [("status",), ("replay", "status"), ("topics", "list"), ("dlq", "list")], ids=" ".join
)
def test_looking_loads_no_parts(platform: Platform, arguments: tuple[str, ...]) -> None:
    assert not loaded(platform.folder, *arguments) & PARTS
