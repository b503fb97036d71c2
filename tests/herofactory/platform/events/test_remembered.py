"""What is known of the registry while it is down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from herofactory.platform.clock import SystemClock
from herofactory.platform.events.confluent import RegistryUnavailable
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from herofactory.platform.events.remembered import RememberedRegistry

SCHEMA = '{"type": "string"}'


class Registry(EmbeddedRegistry):
    """Answers only while it is up."""

    def __init__(self) -> None:
        super().__init__(MemorySchemaStore())
        self.is_up = True
        self.asked = 0

    def register(self, subject: str, schema: str) -> int:
        self._check()
        return super().register(subject, schema)

    def id_of(self, subject: str, schema: str) -> int:
        self._check()
        return super().id_of(subject, schema)

    def schema(self, schema_id: int) -> str:
        self._check()
        return super().schema(schema_id)

    def versions(self, subject: str) -> Sequence[str]:
        self._check()
        return super().versions(subject)

    def _check(self) -> None:
        self.asked += 1
        if not self.is_up:
            raise RegistryUnavailable("down")


@pytest.fixture
def registry() -> Registry:
    return Registry()


def remembered(registry: Registry, folder: Path) -> RememberedRegistry:
    return RememberedRegistry(registry, folder / "hero" / "schemas", SystemClock())


def test_a_later_process_knows_what_an_earlier_one_asked(registry: Registry, tmp_path: Path) -> None:
    schema_id = remembered(registry, tmp_path).register("item", SCHEMA)
    registry.is_up = False
    later = remembered(registry, tmp_path)
    assert later.id_of("item", SCHEMA) == schema_id
    assert later.schema(schema_id) == SCHEMA


def test_what_was_never_asked_is_not_known(registry: Registry, tmp_path: Path) -> None:
    registry.is_up = False
    ours = remembered(registry, tmp_path)
    with pytest.raises(RegistryUnavailable):
        ours.id_of("item", SCHEMA)
    with pytest.raises(RegistryUnavailable):
        ours.schema(1)


def test_nothing_is_registered_from_memory(registry: Registry, tmp_path: Path) -> None:
    ours = remembered(registry, tmp_path)
    ours.register("item", SCHEMA)
    registry.is_up = False
    with pytest.raises(RegistryUnavailable):
        ours.register("item", SCHEMA)


def test_a_registry_that_failed_is_left_alone_for_a_moment(registry: Registry, tmp_path: Path) -> None:
    registry.is_up = False
    ours = remembered(registry, tmp_path)
    for _ in range(3):
        with pytest.raises(RegistryUnavailable):
            ours.id_of("item", SCHEMA)
    assert registry.asked == 1


def test_processes_that_ask_different_things_keep_each_others_answers(registry: Registry, tmp_path: Path) -> None:
    one, other = remembered(registry, tmp_path), remembered(registry, tmp_path)
    assert [one.register("item", SCHEMA), other.register("quality", SCHEMA)] == [1, 2]
    registry.is_up = False
    later = remembered(registry, tmp_path)
    assert [later.id_of("item", SCHEMA), later.id_of("quality", SCHEMA)] == [1, 2]


def test_files_that_are_not_ours_are_left_out(registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "hero" / "schemas"
    folder.mkdir(parents=True)
    for name in ("notes.avsc", ".1.avsc", "item.1.123"):
        (folder / name).write_text("what is this")
    registry.is_up = False
    with pytest.raises(RegistryUnavailable):
        remembered(registry, tmp_path).schema(1)
