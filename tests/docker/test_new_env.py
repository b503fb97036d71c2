"""docker/new-env.sh makes the one .env that docker-compose.yml needs."""

from __future__ import annotations

import subprocess

from herofactory.platform.settings import Settings, env_name
from tests.docker.composed import ROOT, compose, variables

# May be set, and have no place in a new file.
RARE = {"MAVEN_SETTINGS", "ELASTICSEARCH_SINK"}
SETTINGS = {env_name(field) for field in Settings.model_fields}


def new_env() -> dict[str, str]:
    told = subprocess.run(["sh", str(ROOT / "docker/new-env.sh")], capture_output=True, text=True, check=True).stdout
    lines = [line for line in told.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_it_gives_every_variable_that_compose_requires() -> None:
    assert {name for name, kinds in variables().items() if "?" in kinds} <= new_env().keys()


def test_every_variable_is_one_that_it_makes_or_a_setting() -> None:
    assert variables().keys() - new_env().keys() - SETTINGS == RARE


def test_every_variable_it_makes_is_used() -> None:
    assert new_env().keys() - variables().keys() == {"COMPOSE_PROFILES"}


def test_it_starts_every_profile() -> None:
    wanted = {profile for each in compose()["services"].values() for profile in each["profiles"]}
    assert set(new_env()["COMPOSE_PROFILES"].split(",")) == wanted


def test_secrets_are_long_and_different_every_time_and_may_stand_in_an_address() -> None:
    first, second = new_env(), new_env()
    secrets = [name for name in first if name.endswith(("_PASSWORD", "_KEY"))]
    assert len({first[name] for name in secrets} | {second[name] for name in secrets}) == 2 * len(secrets)
    assert all(len(first[name]) == 64 and first[name].isalnum() for name in secrets)


def test_what_it_proposes_is_what_compose_assumes() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name, value in new_env().items():
        if f"${{{name}:-" in text:
            assert f"${{{name}:-{value}}}" in text, name
