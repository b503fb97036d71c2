from __future__ import annotations

import httpx
import psycopg
import pydantic
import pytest
from aiokafka.errors import MessageSizeTooLargeError, NotLeaderForPartitionError
from psycopg_pool import PoolTimeout

from herofactory.platform.delivery import Fatal, Outage, Poison, Undecodable, classify
from herofactory.platform.eventlog.port import LogCorrupt, LogFull, UnknownTopic


def invalid() -> pydantic.ValidationError:
    with pytest.raises(pydantic.ValidationError) as caught:
        pydantic.TypeAdapter(int).validate_python("x")
    return caught.value


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (Outage("busy"), "outage"),
        (ConnectionRefusedError(), "outage"),
        (TimeoutError(), "outage"),
        (OSError(28, "no space"), "outage"),
        (LogFull(), "outage"),
        (psycopg.OperationalError(), "outage"),
        (PoolTimeout(), "outage"),
        (psycopg.errors.SerializationFailure(), "outage"),
        (psycopg.errors.ReadOnlySqlTransaction(), "outage"),
        (psycopg.errors.UndefinedTable(), "outage"),
        (httpx.ConnectTimeout("slow"), "outage"),
        (NotLeaderForPartitionError(), "outage"),
        (Poison("no"), "poison"),
        (Undecodable("no"), "poison"),
        (psycopg.DataError("a NUL"), "poison"),
        (psycopg.errors.ProgramLimitExceeded(), "poison"),
        (Fatal("setting"), "fatal"),
        (UnknownTopic("t"), "fatal"),
        (LogCorrupt(), "fatal"),
        (KeyError("x"), "unknown"),
        (FileNotFoundError("image"), "unknown"),
        (psycopg.errors.UniqueViolation(), "unknown"),
        (psycopg.errors.SyntaxError(), "unknown"),
        (MessageSizeTooLargeError(), "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_an_error_says_about_its_record(error: Exception, trouble: str) -> None:
    assert classify(error) == trouble


def test_a_value_that_does_not_validate_is_poison() -> None:
    assert classify(invalid()) == "poison"
