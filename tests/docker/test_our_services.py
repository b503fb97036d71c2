"""The containers that run the product."""

from __future__ import annotations

import re

import pytest

from cli.run import _ENTRIES
from herofactory.platform.settings import Settings, env_name
from tests.docker.composed import ROOT, ours, services

FIELDS = {env_name(field): field for field in Settings.model_fields}
# Of no use on the Kafka stack, or for databases that Connect reaches by another name than the API does.
NOT_PASSED = {
    "HERO_POSTGRES_USER",
    "HERO_LOG_SYNC",
    "HERO_MAINTENANCE_INTERVAL_S",
    "HERO_CONNECT_DATABASE_URL",
    "HERO_ELASTICSEARCH_API_KEY",
    # For servers elsewhere: those of the file talk in a network of their own, of which nothing is published.
    "HERO_KAFKA_SECURITY_PROTOCOL",
    "HERO_KAFKA_SASL_MECHANISM",
    "HERO_KAFKA_SASL_USERNAME",
    "HERO_KAFKA_SASL_PASSWORD",
    "HERO_CA_FILE",
}
each_of_ours = pytest.mark.parametrize("name", sorted(ours()))


def test_every_process_of_the_kafka_stack_has_a_container() -> None:
    assert ours().keys() == {"prepare", "api", "worker", "bridge", "housekeeper"}


@each_of_ours
def test_the_command_exists(name: str) -> None:
    *python, entry = ours()[name]["command"]
    assert python in (["python", "-P", "-m", "cli.run"], ["python", "-P", "/opt/herofactory/measured.py"])
    assert entry in _ENTRIES


@pytest.mark.parametrize("name", ["worker", "bridge", "housekeeper"])
def test_a_process_without_the_edge_tells_its_figures_itself(name: str) -> None:
    assert "/opt/herofactory/measured.py" in ours()[name]["command"]


@each_of_ours
def test_every_variable_is_a_setting(name: str) -> None:
    assert ours()[name]["environment"].keys() <= FIELDS.keys()


@each_of_ours
def test_every_setting_reaches_the_container(name: str) -> None:
    """A new setting is passed through in docker-compose.yml (x-hero), or named above with the reason."""
    assert FIELDS.keys() - ours()[name]["environment"].keys() == NOT_PASSED


def test_the_settings_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ours()["api"]["environment"].items():
        monkeypatch.setenv(name, str(value or ""))
    settings = Settings(_env_file=None)  # type: ignore[call-arg]  # pydantic-settings adds it to every constructor
    assert settings.stack == "kafka"
    assert settings.log_level == "INFO"
    assert settings.database_url is not None
    assert settings.elasticsearch_url.get_secret_value().endswith("@elasticsearch:9200")


@each_of_ours
def test_a_container_can_write_its_data_and_nothing_else(name: str) -> None:
    service = ours()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "hero-data:/data" in service["volumes"]
    assert service["environment"]["HERO_DATA"] == "/data"


def test_workers_can_be_scaled() -> None:
    assert services()["worker"]["deploy"]["replicas"] == 2
    assert not {"container_name", "ports"} & services()["worker"].keys()


@pytest.mark.parametrize("name", ["worker", "bridge", "housekeeper"])
def test_health_asks_for_the_name_that_the_process_connects_with(name: str) -> None:
    application = services()[name]["healthcheck"]["test"][-1]
    source = (ROOT / "cli" / f"{name}.py").read_text(encoding="utf-8")
    assert f'"{application}"' in source


def test_the_api_is_asked_where_it_answers() -> None:
    from api.routes.health import router

    [code] = [word for word in services()["api"]["healthcheck"]["test"] if "urlopen" in word]
    [path] = re.findall(r"127\.0\.0\.1:8000(/[\w/]+)", code)
    assert path in {getattr(route, "path", None) for route in router.routes}
