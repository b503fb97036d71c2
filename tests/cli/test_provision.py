"""What the servers must hold: told first, then done, and told again only where something is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli.errors import CliError
from cli.provision.database import check_server
from cli.provision.schemas import Schemas
from cli.provision.step import carry_out, show
from cli.provision.topics import Topics
from connectors.debezium.capture import differences
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.events.registry import EmbeddedRegistry, MemorySchemaStore
from streams.topics import DAY_S


class Down:
    name = "a server"

    def changes(self) -> list[str]:
        raise CliError("it is down")

    def apply(self) -> None:
        raise AssertionError("it was told to be down")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with closing(EmbeddedLog(tmp_path / "log")) as log:
        yield log


def topics(log: EmbeddedLog, days: float = 1.0, partitions: int = 2) -> Topics:
    return Topics(log, [TopicConfig("item.created", partitions, days * DAY_S)])


def test_looking_tells_what_is_missing_and_changes_nothing(log: EmbeddedLog) -> None:
    told: list[str] = []
    assert show([topics(log)], told.append)
    assert told == ["topics: item.created: create with 2 partitions, kept 1 days"]
    assert not log.topics()


def test_what_was_brought_about_is_told_once(log: EmbeddedLog) -> None:
    told: list[str] = []
    carry_out([topics(log)], told.append)
    carry_out([topics(log)], told.append)
    assert len(told) == 1
    show([topics(log)], told.append)
    assert told[-1] == "topics: as it should be"


def test_a_difference_is_shown_with_both_sides(log: EmbeddedLog) -> None:
    topics(log).apply()
    assert topics(log, days=7).changes() == ["item.created: kept 1 days -> kept 7 days"]
    assert topics(log, partitions=4).changes() == [
        "item.created: has 2 partitions, not 4, which cannot be changed",
    ]


def test_copies_that_are_too_few_are_told_and_left_as_they_are(log: EmbeddedLog) -> None:
    class Cluster:
        """An event log whose topics have one copy each."""

        create_topic = staticmethod(log.create_topic)
        topics = staticmethod(log.topics)

        @staticmethod
        def replicas() -> object:
            return {"item.created": {0: [1], 1: [1]}, "somebody else's": {0: [1]}}, [1, 2, 3]

    wanted = [TopicConfig("item.created", 2, DAY_S)]
    step = Topics(Cluster(), wanted, replication=3)  # type: ignore[arg-type]  # as much of a log as the step asks
    step.apply()
    [line] = step.changes()
    assert line == "item.created: has 1 copies, not 3; left so: `hero topics copies` helps"
    assert Topics(Cluster(), wanted, replication=1).changes() == []  # type: ignore[arg-type]  # the same


def test_schemas_are_registered_once() -> None:
    step = Schemas(EmbeddedRegistry(MemorySchemaStore()))
    assert "item.created-value: register" in step.changes()
    step.apply()
    assert step.changes() == []


def test_a_server_that_is_down_hides_no_other_and_stops_what_would_follow(log: EmbeddedLog) -> None:
    told: list[str] = []
    assert not show([Down(), topics(log)], told.append)
    assert told[0] == "a server: it is down"
    assert len(told) == 2
    with pytest.raises(CliError, match="a server: it is down"):
        carry_out([Down(), topics(log)], told.append)
    assert not log.topics()


def test_a_password_is_never_shown() -> None:
    lines = differences({"database.password": "old", "slot.name": "a"}, {"database.password": "new", "slot.name": "b"})
    assert lines == ["database.password: change", "slot.name: a -> b"]


def test_a_database_whose_changes_cannot_be_captured_is_refused_with_what_to_do(dsn: str) -> None:
    with pytest.raises(CliError, match="wal_level = logical"):
        check_server(dsn)
