"""docs/operations.md and docs/scaling.md: what they name exists, what they count is right."""

from __future__ import annotations

import re

import pytest

from cli.main import app
from herofactory.platform.settings import Settings, env_name
from herofactory.platform.telemetry.metrics import SPECS
from tests.docker.composed import ROOT, one_shots, services, variables
from tests.docker.test_compose import megabytes
from tests.docker.test_new_env import RARE, new_env

DOCUMENTS = ["operations.md", "scaling.md"]
each_document = pytest.mark.parametrize("name", DOCUMENTS)


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@each_document
def test_every_metric_exists(name: str) -> None:
    assert set(re.findall(r"`(hero_[a-z_]+)`", text_of(name))) <= SPECS.keys()


@each_document
def test_every_variable_exists(name: str) -> None:
    known = {env_name(field) for field in Settings.model_fields} | new_env().keys() | RARE | {"PIP_INDEX_URL"}
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", text_of(name))) - {
        "REPLICATION",
        "SASL_SSL",
        "SASL_PLAINTEXT",
    }
    build_arguments = set(re.findall(r"^ARG (\w+)", (ROOT / "docker/connect/Dockerfile").read_text(), re.MULTILINE))
    assert named <= known | build_arguments | variables().keys()


@each_document
def test_every_command_exists(name: str) -> None:
    commands = {each.name or each.callback.__name__ for each in app.registered_commands if each.callback}
    commands |= {str(each.name) for each in app.registered_groups}
    assert set(re.findall(r"\bhero ([a-z]+)", text_of(name))) <= commands


@each_document
def test_every_linked_or_named_file_exists(name: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", text_of(name))
    assert all((ROOT / "docs" / link).exists() for link in links), links
    named = re.findall(r"`((?:docker|streams|connectors|bench)/[\w./-]+)`", text_of(name))
    assert all((ROOT / path).exists() for path in named), named


def test_every_service_that_compose_is_told_of_exists() -> None:
    told = re.findall(
        r"docker compose (?:exec|run|restart|logs|stop|build)((?: -+\w[\w-]*)*) ([a-z]+)", text_of("operations.md")
    )
    assert {service for _, service in told} <= services().keys()


def test_the_memory_of_all_containers_is_as_told() -> None:
    sizes = dict.fromkeys(("core", "all"), 0)
    for name, service in services().items():
        if name not in one_shots():
            deploy = service["deploy"]
            size = megabytes(deploy["resources"]["limits"]["memory"]) * deploy.get("replicas", 1)
            sizes["all"] += size
            sizes["core"] += size if "core" in service["profiles"] else 0
    assert f"{sizes['core']:,} MB for `core`" in text_of("scaling.md").replace("\n", " ")
    assert f"to {sizes['all']:,} MB with `logs`" in text_of("scaling.md").replace("\n", " ")
