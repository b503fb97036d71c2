"""The Dockerfiles: pinned, small, without a host, run by somebody who is not root; and the servers that are tested."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.docker.composed import ROOT, services
from tests.docker.dockerfile import DOCKERFILES, stages
from tests.stack.fetch import ELASTICSEARCH_VERSION, REGISTRY

HERO = ROOT / "docker/Dockerfile"
HOST = re.compile(r"\b[\w-]+\.(?:com|io|org|net|co|dev)\b[/:]?(?!\w*:)", re.IGNORECASE)
each_file = pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@each_file
def test_every_base_is_pinned_to_a_release_and_named_without_a_host(file: Path) -> None:
    for stage in stages(file):
        assert re.search(r":\d+\.\d+\.\d+", stage.image), stage.image
        assert "." not in stage.image.split(":")[0].split("/")[0], stage.image


@each_file
def test_what_is_copied_exists_and_is_part_of_the_build(file: Path) -> None:
    lines = text_of(".dockerignore").splitlines()
    allowed = [line.removeprefix("!") for line in lines if line.startswith("!")]
    for stage in stages(file):
        for source in stage.copied():
            assert (ROOT / source).exists(), source
            assert any(source == each or source.startswith(f"{each}/") for each in allowed), source


def test_the_build_sees_nothing_that_is_not_named() -> None:
    lines = text_of(".dockerignore").splitlines()
    assert lines[1] == "*"
    assert not {"!.env", "!.git", "!.hero"} & set(lines)


def test_ours_is_built_from_the_lock_in_a_stage_that_is_thrown_away() -> None:
    build, image = stages(HERO)
    installs = [line for line in build.of("RUN") if "pip install" in line]
    assert "--require-hashes --no-deps -r /src/requirements.lock" in installs[0]
    assert "--no-deps /src" in installs[1]
    assert not [line for line in image.of("RUN") if "pip" in line or "apt" in line]


def test_ours_holds_every_package_and_nothing_else_of_the_repository() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        packages = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    build, image = stages(HERO)
    assert set(build.copied()) == {*packages, "requirements.lock", "pyproject.toml", "README.md"}
    assert image.copied() == ["docker/beating.py", "docker/measured.py"]


def test_ours_is_not_run_by_root_and_writes_one_folder() -> None:
    _, image = stages(HERO)
    [user] = image.of("USER")
    assert user == "10001:10001"
    assert "HERO_DATA=/data" in image.of("ENV")[0]


def test_ours_runs_the_python_of_the_tests_or_a_later_one() -> None:
    found = re.match(r"python:(\d+)\.(\d+)", stages(HERO)[-1].image)
    assert found
    assert (int(found[1]), int(found[2])) >= (3, 11)


def test_connect_is_not_run_by_root() -> None:
    assert stages(ROOT / "docker/connect/Dockerfile")[-1].of("USER") == ["appuser"]


@pytest.mark.parametrize("file", sorted((ROOT / "docker").rglob("*")), ids=lambda file: file.name)
def test_no_file_names_a_registry_or_repository(file: Path) -> None:
    if file.is_file():
        text = re.sub(r'xmlns[:\w]*="[^"]*"', "", file.read_text(encoding="utf-8"))
        assert not HOST.findall(re.sub(r"\b(?:org|io|com)\.[\w.]+", "", text)), file


def test_the_servers_are_those_of_the_stack_tests() -> None:
    """What compose starts is what `make test-stack` has run the contracts on."""
    image = {name: str(each["image"]).partition(":")[2] for name, each in services().items()}
    kafka = re.findall(r"<kafka.version>(.+)<", text_of("tests/stack/poms/kafka/pom.xml"))
    assert [image["kafka"], image["access-topic"]] == kafka * 2
    [debezium] = re.findall(r"<version>(.+Final)<", text_of("tests/stack/poms/debezium/pom.xml"))
    assert f"debezium-connector-postgres:{debezium}:" in text_of("docker/connect/Dockerfile")
    assert image["connect"] == f"{kafka[0]}-{debezium.removesuffix('.Final')}"
    assert image["registry"] == REGISTRY.split(":")[2]
    assert {image[name] for name in ("elasticsearch", "kibana", "logstash", "filebeat")} == {ELASTICSEARCH_VERSION}


def test_built_images_are_named_after_their_base() -> None:
    assert stages(ROOT / "docker/elasticsearch/Dockerfile")[-1].image == f"elasticsearch:{ELASTICSEARCH_VERSION}"
    assert stages(ROOT / "docker/connect/Dockerfile")[-1].image == services()["kafka"]["image"]
