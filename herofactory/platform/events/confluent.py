"""Any registry that speaks Confluent's HTTP API (Confluent's own, Apicurio, Karapace) as a `SchemaRegistry`."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from herofactory.platform.addresses import split_auth, trusting
from herofactory.platform.events.compat import IncompatibleSchema
from herofactory.platform.events.registry import UnknownSchema

# What a registered schema must be able to read: everything ever written under its subject, as topics keep old records.
COMPATIBILITY = "BACKWARD_TRANSITIVE"
TIMEOUT = httpx.Timeout(3.0, connect=1.0)
"""Short: a worker may ask from its event loop, once per schema."""
_MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"


class RegistryUnavailable(ConnectionError):
    """The registry does not answer, or says that it cannot just now. Works again by itself."""


class RegistryRefused(ValueError):
    """The registry refused for another reason than compatibility."""


class ConfluentRegistry:
    """A `SchemaRegistry` over HTTP. Thread-safe. What it was told once it never asks again."""

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        """`url`: what Confluent's clients take as `schema.registry.url`, with `user:password@` where it asks for them.

        Connects at first use.
        """
        self._url, auth = split_auth(url.rstrip("/"))
        headers = {"Accept": f"{_MEDIA_TYPE}, application/json", "Content-Type": _MEDIA_TYPE}
        self._client = httpx.Client(
            base_url=self._url, headers=headers, timeout=TIMEOUT, auth=auth, verify=trusting(ca_file)
        )
        self._lock = threading.Lock()
        self._ids: dict[tuple[str, str], int] = {}
        self._texts: dict[int, str] = {}

    def register(self, subject: str, schema: str) -> int:
        known = self._ids.get((subject, schema))
        if known is not None:
            return known
        # Some registries keep settings only of subjects that exist; a first version is compatible with nothing at all.
        is_guarded = self._guard(subject)
        answer = self._post(f"/subjects/{_quoted(subject)}/versions", schema)
        if answer.status_code == httpx.codes.CONFLICT:
            raise IncompatibleSchema(
                f"the new schema of {subject} cannot read records already written: {_message(answer)}. "
                "New fields need a default."
            )
        schema_id = int(self._found(answer)["id"])
        if not is_guarded:
            self._guard(subject)
        return self._remember(subject, schema, schema_id)

    def id_of(self, subject: str, schema: str) -> int:
        known = self._ids.get((subject, schema))
        if known is not None:
            return known
        answer = self._post(f"/subjects/{_quoted(subject)}", schema)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise UnknownSchema(f"the schema of {subject} is not registered: run `hero topics apply`")
        return self._remember(subject, schema, int(self._found(answer)["id"]))

    def schema(self, schema_id: int) -> str:
        text = self._texts.get(schema_id)
        if text is None:
            answer = self._request("GET", f"/schemas/ids/{schema_id}")
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise UnknownSchema(f"no schema has the id {schema_id}")
            text = self._texts[schema_id] = str(self._found(answer)["schema"])
        return text

    def versions(self, subject: str) -> Sequence[str]:
        path = f"/subjects/{_quoted(subject)}/versions"
        answer = self._request("GET", path)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return []
        numbers: list[int] = sorted(self._found(answer))
        return [str(self._found(self._request("GET", f"{path}/{number}"))["schema"]) for number in numbers]

    def close(self) -> None:
        self._client.close()

    def _guard(self, subject: str) -> bool:
        """False where the subject does not exist yet and cannot have settings."""
        answer = self._request("PUT", f"/config/{_quoted(subject)}", {"compatibility": COMPATIBILITY})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return False
        self._found(answer)
        return True

    def _remember(self, subject: str, schema: str, schema_id: int) -> int:
        with self._lock:
            self._ids[subject, schema] = schema_id
            self._texts.setdefault(schema_id, schema)
        return schema_id

    def _post(self, path: str, schema: str) -> httpx.Response:
        return self._request("POST", path, {"schema": schema, "schemaType": "AVRO"})

    def _request(self, method: str, path: str, body: Mapping[str, str] | None = None) -> httpx.Response:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx.TransportError as error:
            raise RegistryUnavailable(f"the schema registry at {self._url} does not answer: {error!r}") from error
        if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise RegistryUnavailable(f"the schema registry at {self._url} cannot just now: {_message(answer)}")
        return answer

    def _found(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            raise RegistryRefused(f"the schema registry at {self._url} refused {answer.url.path}: {_message(answer)}")
        return answer.json()


def _quoted(subject: str) -> str:
    return quote(subject, safe="")


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:200]}"
