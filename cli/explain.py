"""Errors as one clear line; a traceback only for what nobody foresaw, and only when asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable

from cli.errors import FAILED, CliError


def explain(error: BaseException) -> str:
    """Errors that our packages raise tell what to do themselves."""
    if isinstance(error, BaseExceptionGroup):
        return explain(error.exceptions[0])
    if isinstance(error, CliError) or _is_one_of(error, _FORESEEN):
        return str(error)
    if _is_one_of(error, _OF_OTHERS):
        return _first_line(error)
    if _is_one_of(error, _DATABASE):
        return f"the database does not answer: {_first_line(error)}; is the platform running? (`hero status`)"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'system'}: {error.strerror}"
    return f"unexpected {type(error).__name__}: {_first_line(error)} (`hero --debug ...` shows where)"


_FORESEEN = {
    ("herofactory.platform.postgres.errors", "PostgresError"),
    ("herofactory.platform.eventlog.port", "LogError"),
    ("herofactory.platform.events.compat", "IncompatibleSchema"),
    ("herofactory.platform.events.registry", "UnknownSchema"),
    ("herofactory.catalog.text", "InvalidField"),
    ("herofactory.search.errors", "SearchError"),
    ("streams.runtime", "WorkerCrashed"),
    ("herofactory.platform.replay.target", "ReplayRefused"),
    ("herofactory.platform.events.confluent", "RegistryUnavailable"),
    ("herofactory.platform.events.confluent", "RegistryRefused"),
    ("connectors.debezium.connect", "ConnectError"),
    ("connectors.debezium.outbox", "ConnectorError"),
}
# Their messages quote another program (npm) at length.
_OF_OTHERS = {("herofactory.catalog.sample.package", "PackageError")}
_DATABASE = {("psycopg", "OperationalError"), ("psycopg_pool", "PoolTimeout")}


def _is_one_of(error: BaseException, classes: set[tuple[str, str]]) -> bool:
    """By module and name: an error's module is loaded already where it was raised, and need not be elsewhere."""
    for module, name in classes:
        loaded = sys.modules.get(module)
        kind = getattr(loaded, name, None)
        if kind is not None and isinstance(error, kind):
            return True
    return False


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0]


def reported(work: Callable[[], int]) -> int:
    """Run `work`; an error becomes its line on standard error and an exit status."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001  (the last resort of a process)
        print(f"error: {explain(error)}", file=sys.stderr)
        return error.status if isinstance(error, CliError) else FAILED
