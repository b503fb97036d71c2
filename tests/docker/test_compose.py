"""docker-compose.yml without an engine: whatever can be known to be wrong before it is started."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.docker.composed import FILE, ROOT, compose, one_shots, services, variables

# Where each server listens inside the network.
LISTENING = {
    "kafka": {9092, 9093},
    "connect": {8083},
    "registry": {8080},
    "postgres": {5432},
    "redis": {6379},
    "elasticsearch": {9200},
    "kibana": {5601},
    "logstash": {5044, 9600},
    "api": {8000},
}
ADDRESS = re.compile(r"(?:(?<=//)|(?<=@)|(?<![\w./-]))([a-z][a-z-]+):(\d{2,5})(?![\w.])")
CONFIGURATIONS = ["docker/connect/worker.properties", "logstash/pipeline/access.conf", "filebeat/filebeat.yml"]
CONFIGURATIONS += ["docker/elasticsearch/accounts.sh"]
PINNED = re.compile(r"\d+\.\d+\.\d+")
each_service = pytest.mark.parametrize("name", sorted(services()))


def accepted(file: Path) -> bool:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_file_is_what_the_compose_specification_says() -> None:
    assert accepted(FILE)


def test_the_specification_refuses_an_option_that_does_not_exist(tmp_path: Path) -> None:
    broken = tmp_path / "compose.yml"
    broken.write_text(FILE.read_text(encoding="utf-8").replace("healthcheck:", "healthchek:", 1), encoding="utf-8")
    assert not accepted(broken)


def test_the_whole_stack_is_there() -> None:
    wanted = (
        "kafka connect registry postgres redis elasticsearch kibana filebeat logstash api worker bridge housekeeper"
    )
    assert services().keys() - one_shots() == set(wanted.split())


@each_service
def test_an_image_is_pinned_to_a_release_and_named_without_a_host(name: str) -> None:
    image = str(services()[name]["image"])
    repository, _, tag = image.rpartition(":")
    assert PINNED.search(tag), f"{image}: name a release"
    first = repository.split("/")[0]
    assert "." not in first, f"{image} names a host"
    assert "/" in repository or ":" not in repository


def test_only_the_api_and_kibana_are_published_and_only_on_this_machine() -> None:
    published = {name: each["ports"] for name, each in services().items() if "ports" in each}
    assert published == {"api": ["127.0.0.1:8000:8000"], "kibana": ["127.0.0.1:5601:5601"]}
    assert not [name for name, each in services().items() if each.get("network_mode") or each.get("privileged")]


@each_service
def test_cpu_memory_and_processes_are_limited(name: str) -> None:
    assert {"cpus", "memory", "pids"} <= services()[name]["deploy"]["resources"]["limits"].keys()


@pytest.mark.parametrize("name", sorted(services().keys() - one_shots()))
def test_a_server_says_whether_it_is_well_and_is_started_again(name: str) -> None:
    service = services()[name]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys()
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@pytest.mark.parametrize("name", sorted(one_shots()))
def test_what_runs_to_its_end_is_waited_for(name: str) -> None:
    waiting = [each.get("depends_on", {}).get(name, {}).get("condition") for each in services().values()]
    assert "service_completed_successfully" in waiting


@each_service
def test_what_a_service_waits_for_exists_and_can_be_waited_for(name: str) -> None:
    for other, how in services()[name].get("depends_on", {}).items():
        assert other in services()
        assert (how["condition"] == "service_completed_successfully") == (other in one_shots())


def test_there_are_two_profiles() -> None:
    assert {profile for each in services().values() for profile in each["profiles"]} == {"core", "logs"}


@each_service
def test_a_profile_starts_everything_its_services_need(name: str) -> None:
    service = services()[name]
    for other, how in service.get("depends_on", {}).items():
        missing = set(service["profiles"]) - set(services()[other]["profiles"])
        assert not missing or how.get("required") is False, f"{name} needs {other}, which {missing} does not start"


def test_data_lies_in_named_volumes_and_every_one_is_used() -> None:
    named = {source for each in services().values() for source, *_ in mounts(each) if not source.startswith(".")}
    assert named == compose()["volumes"].keys()


def mounts(service: dict[str, Any]) -> list[list[str]]:
    return [str(volume).split(":") for volume in service.get("volumes", [])]


@each_service
def test_what_is_mounted_from_the_repository_exists_and_cannot_be_written(name: str) -> None:
    for source, _target, *mode in mounts(services()[name]):
        if source.startswith("."):
            assert (ROOT / source).exists(), source
            assert mode == ["ro"], source


@each_service
def test_what_is_built_is_built_from_files_that_exist(name: str) -> None:
    service = services()[name]
    if str(service["image"]).startswith("herofactory") and "build" in service:
        assert (ROOT / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    elif str(service["image"]).startswith("herofactory"):
        builders = [each for each in services().values() if each["image"] == service["image"] and "build" in each]
        assert builders, f"nobody builds {service['image']}"


def test_build_secrets_exist() -> None:
    assert {secret for each in services().values() for secret in each.get("build", {}).get("secrets", [])} == {
        "maven_settings"
    }
    assert (ROOT / compose()["secrets"]["maven_settings"]["file"]).is_file()


@pytest.mark.parametrize("file", ["docker-compose.yml", *CONFIGURATIONS])
def test_every_address_is_one_of_a_service_and_a_port_it_listens_on(file: str) -> None:
    found = ADDRESS.findall((ROOT / file).read_text(encoding="utf-8"))
    addresses = {(host, int(port)) for host, port in found if host not in ("localhost", "on-failure")}
    assert addresses
    assert not {(host, port) for host, port in addresses if port not in LISTENING.get(host, set())}


def test_secrets_come_from_the_environment_alone() -> None:
    text = FILE.read_text(encoding="utf-8")
    for name, value in re.findall(r"^\s+(\w*(?:PASSWORD|SECRET|_KEY|KEY_)\w*): (.+)$", text, re.MULTILINE):
        assert value.startswith("${"), f"{name} is written down"
    assert not re.findall(r"://[^/\s$]*:[^/\s$@]+@", text)


def test_a_secret_is_required_and_everything_else_has_a_default() -> None:
    for name, kinds in variables().items():
        secret = name.endswith(("_PASSWORD", "_ENCRYPTION_KEY"))
        assert kinds == ({"?"} if secret else {"-"}), name


def test_java_heaps_leave_room_in_their_containers() -> None:
    for name, variable in {
        "kafka": "KAFKA_HEAP_OPTS",
        "connect": "KAFKA_HEAP_OPTS",
        "elasticsearch": "ES_JAVA_OPTS",
        "logstash": "LS_JAVA_OPTS",
    }.items():
        service = services()[name]
        heap = megabytes(re.findall(r"-Xmx(\w+)", service["environment"][variable])[0])
        assert heap <= 0.6 * megabytes(service["deploy"]["resources"]["limits"]["memory"]), name


def megabytes(size: str) -> int:
    return int(size[:-1]) * {"m": 1, "g": 1024}[size[-1]]
