"""Schema ids: the port, and the embedded registry whose ids live beside the events in the log file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from herofactory.platform.events.compat import check_backward


class UnknownSchema(LookupError):
    """A schema or schema id that the registry does not hold."""


class SchemaRegistry(Protocol):
    def register(self, subject: str, schema: str) -> int:
        """The id of `schema` (JSON text) under `subject`; the same text again gives the same id.

        Raises IncompatibleSchema where it could not read what older versions wrote.
        """

    def id_of(self, subject: str, schema: str) -> int:
        """Raises UnknownSchema where `schema` was never registered."""

    def schema(self, schema_id: int) -> str:
        """Raises UnknownSchema."""

    def versions(self, subject: str) -> Sequence[str]:
        """Oldest first."""


class SchemaStore(Protocol):
    """Where the embedded registry keeps its ids: the log file does (`EmbeddedLog`)."""

    def register_schema(self, subject: str, schema: str) -> int: ...
    def schema(self, schema_id: int) -> str: ...
    def schemas(self, subject: str) -> Sequence[tuple[int, str]]: ...


class EmbeddedRegistry:
    def __init__(self, store: SchemaStore) -> None:
        self._store = store
        self._texts: dict[int, str] = {}

    def register(self, subject: str, schema: str) -> int:
        known = self._store.schemas(subject)
        for schema_id, text in known:
            if text == schema:
                return schema_id
        check_backward(subject, schema, [text for _, text in known])
        return self._store.register_schema(subject, schema)

    def id_of(self, subject: str, schema: str) -> int:
        for schema_id, text in self._store.schemas(subject):
            if text == schema:
                return schema_id
        raise UnknownSchema(f"the schema of {subject} is not registered: run `hero topics apply`")

    def schema(self, schema_id: int) -> str:
        text = self._texts.get(schema_id)
        if text is None:
            try:
                text = self._texts[schema_id] = self._store.schema(schema_id)
            except LookupError as error:
                raise UnknownSchema(f"no schema has the id {schema_id}") from error
        return text

    def versions(self, subject: str) -> Sequence[str]:
        return [text for _, text in self._store.schemas(subject)]


class MemorySchemaStore:
    """A store that lives as long as its process: for the topology driver."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str]] = []

    def register_schema(self, subject: str, schema: str) -> int:
        if (subject, schema) not in self._rows:
            self._rows.append((subject, schema))
        return self._rows.index((subject, schema)) + 1

    def schema(self, schema_id: int) -> str:
        return self._rows[schema_id - 1][1]

    def schemas(self, subject: str) -> Sequence[tuple[int, str]]:
        return [(i + 1, text) for i, (name, text) in enumerate(self._rows) if name == subject]
