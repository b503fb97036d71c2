"""Shell scripts of the images."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.composed import ROOT, services
from tests.support.listening import Call, Reply, listening

SCRIPTS = sorted((ROOT / "docker").rglob("*.sh"))
ANSWERS = ROOT / "docker/connect/answers.sh"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_executable_and_its_shell_understands_it(script: Path) -> None:
    assert os.access(script, os.X_OK)
    shell = script.read_text(encoding="utf-8").splitlines()[0].removeprefix("#!")
    assert subprocess.run([shell, "-n", str(script)], check=False).returncode == 0


def answer(call: Call) -> Reply:
    return Reply.of([], 200 if call.path in ("/connectors", "/apis/ccompat/v7/subjects") else 404)


@pytest.fixture
def port() -> Iterator[int]:
    with listening(answer) as url:
        yield int(url.rpartition(":")[2])


def status(*arguments: str) -> int:
    return subprocess.run(["bash", *arguments], capture_output=True, check=False, timeout=20).returncode


def test_connect_is_well_while_it_answers(port: int) -> None:
    assert status(str(ANSWERS), str(port), "/connectors") == 0
    assert status(str(ANSWERS), str(port), "/elsewhere") == 1
    assert status(str(ANSWERS), "1") == 1


@pytest.mark.parametrize(("name", "known"), [("registry", True), ("logstash", False)])
def test_so_are_the_servers_that_are_asked_without_a_client(name: str, known: bool, port: int) -> None:
    program, flag, text = services()[name]["healthcheck"]["test"][1:]
    assert (program, flag) == ("bash", "-c")
    assert (status("-c", re.sub(r"localhost/\d+", f"localhost/{port}", text)) == 0) is known
    assert status("-c", re.sub(r"localhost/\d+", "localhost/1", text)) == 1


def test_every_script_that_compose_runs_is_in_its_image() -> None:
    images = "".join(
        (ROOT / each).read_text(encoding="utf-8")
        for each in ("docker/connect/Dockerfile", "docker/elasticsearch/Dockerfile")
    )
    for service in services().values():
        for word in [*service.get("entrypoint", []), *service.get("healthcheck", {}).get("test", [])]:
            if re.fullmatch(r"/\S+\.sh", word) and not word.startswith("/opt/kafka"):
                assert Path(word).name in images
