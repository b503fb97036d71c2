"""What can go wrong with one record, and what the runtime does about each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from herofactory.platform.eventlog.port import LogError, LogFull, LogUnavailable, RecordTooLarge

Trouble = Literal["outage", "poison", "fatal", "unknown"]
"""outage: wait and retry for ever. poison: dead-letter the record. fatal: halt the agent. unknown: a few attempts,
then poison."""
Classifier = Callable[[BaseException], Trouble]


class Poison(Exception):
    """This record can never be processed. It goes to the dead letters at once, and the next record is taken."""


class Undecodable(Poison):
    """The record's bytes or headers are not an event of its topic."""


class Outage(Exception):
    """A dependency is down or asks for patience; says nothing about the record, which never becomes a dead letter."""

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds the dependency asked to be left alone, or None."""


class Fatal(Exception):
    """The agent cannot work at all (a setting, a missing topic, a foreign index): it halts, dead-lettering nothing."""


# Exceptions of libraries that this package must not import; matched by the names of a class and its bases.
_OUTAGES = {
    "psycopg.OperationalError",
    "httpx.TransportError",
    "openai.APIConnectionError",
    "openai.InternalServerError",
}
_OUTAGES |= {"openai.RateLimitError"}
_POISONS = {"psycopg.DataError", "pydantic_core._pydantic_core.ValidationError"}
# SQLSTATEs of a database that is not ready for us: read-only after a failover (25006), not migrated yet or not granted
# (42P01 table, 42703 column, 42883 function, 3F000 schema, 42501 privilege).
_UNREADY = {"25006", "42P01", "42703", "42883", "3F000", "42501"}
# "Program limit exceeded" (a row too big for an index) is an OperationalError to psycopg, yet it is the record's fault.
_RECORD_LIMIT = "54"
# OSErrors about a name, which is more likely the record's or the program's than a dependency's.
_NAMES = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)


def classify(error: BaseException) -> Trouble:
    """The default classifier. An agent that knows better wraps it: see `Agent.classify`."""
    match error:
        case Outage() | LogFull() | LogUnavailable():
            return "outage"
        case Poison() | RecordTooLarge():
            return "poison"
        case Fatal() | LogError():
            return "fatal"
    if isinstance(error, OSError):  # holds TimeoutError and ConnectionError
        return "unknown" if isinstance(error, _NAMES) else "outage"
    return _classify_foreign(error)


def _classify_foreign(error: BaseException) -> Trouble:
    names = {f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__}
    sqlstate = str(getattr(error, "sqlstate", None) or "")
    if sqlstate in _UNREADY:
        return "outage"
    if names & _POISONS or sqlstate.startswith(_RECORD_LIMIT):
        return "poison"
    if names & _OUTAGES:
        return "outage"
    # aiokafka and Kafka's own protocol mark what is worth repeating.
    if "aiokafka.errors.KafkaError" in names and getattr(error, "retriable", False):
        return "outage"
    return "unknown"
