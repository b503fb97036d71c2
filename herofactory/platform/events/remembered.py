"""A registry whose answers are kept in files: a process that starts while it is down goes on with those.

An id stands for one schema for ever (docs/operations.md: the registry's database is backed up for that), so an answer
from before is as good as a new one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from herofactory.platform.clock import Clock
from herofactory.platform.events.confluent import RegistryUnavailable
from herofactory.platform.events.registry import SchemaRegistry
from herofactory.platform.rest import Rest

T = TypeVar("T")
_SUFFIX = ".avsc"


class RememberedRegistry:
    """A `SchemaRegistry`. Where `registry` raises RegistryUnavailable, what it once answered is answered again."""

    def __init__(self, registry: SchemaRegistry, folder: Path, clock: Clock) -> None:
        """`folder`: one file per schema, `SUBJECT.ID.avsc`, so that processes may share it without losing answers."""
        self._registry = registry
        self._folder = folder
        self._rest = Rest(clock)
        self._lock = threading.Lock()
        self._ids, self._texts = _read(folder)

    def register(self, subject: str, schema: str) -> int:
        """Asks in any case: only the registry knows what is compatible."""
        try:
            return self._remember(subject, schema, self._registry.register(subject, schema))
        except RegistryUnavailable:
            self._rest.begin()
            raise

    def id_of(self, subject: str, schema: str) -> int:
        try:
            return self._remember(subject, schema, self._asked(lambda: self._registry.id_of(subject, schema)))
        except RegistryUnavailable:
            known = self._ids.get((subject, schema))
            if known is None:
                raise
            return known

    def schema(self, schema_id: int) -> str:
        try:
            return self._asked(lambda: self._registry.schema(schema_id))
        except RegistryUnavailable:
            known = self._texts.get(schema_id)
            if known is None:
                raise
            return known

    def versions(self, subject: str) -> Sequence[str]:
        return self._registry.versions(subject)

    def _asked(self, ask: Callable[[], T]) -> T:
        """A moment after a failure it is not asked: a registry that hangs would hold up every event."""
        if self._rest.is_on:
            raise RegistryUnavailable("the schema registry did not answer a moment ago")
        try:
            return ask()
        except RegistryUnavailable:
            self._rest.begin()
            raise

    def _remember(self, subject: str, schema: str, schema_id: int) -> int:
        with self._lock:
            if self._ids.get((subject, schema)) != schema_id:
                self._ids[subject, schema] = schema_id
                self._texts[schema_id] = schema
                self._write(self._folder / f"{subject}.{schema_id}{_SUFFIX}", schema)
        return schema_id

    def _write(self, file: Path, schema: str) -> None:
        """Whole or not at all. Without it everything works but a start without the registry."""
        fresh = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh.write_text(schema, encoding="utf-8")
            fresh.replace(file)


def _read(folder: Path) -> tuple[dict[tuple[str, str], int], dict[int, str]]:
    """Ids by subject and schema, schemas by id. What is no file of ours is left out."""
    ids: dict[tuple[str, str], int] = {}
    texts: dict[int, str] = {}
    with suppress(OSError):
        # The latest last: where a registry began anew, its new ids count.
        for file in sorted(folder.glob(f"*{_SUFFIX}"), key=lambda each: each.stat().st_mtime_ns):
            subject, _, number = file.stem.rpartition(".")
            if subject and number.isdecimal():
                texts[int(number)] = schema = file.read_text(encoding="utf-8")
                ids[subject, schema] = int(number)
    return ids, texts
