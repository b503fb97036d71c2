"""Kafka Connect's REST interface, as far as one connector needs it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from herofactory.platform.addresses import split_auth, trusting

TIMEOUT = httpx.Timeout(20.0, connect=2.0)
_PATIENCE_S = 60.0
"""For what Connect refuses because its workers are just sharing out connectors among themselves."""
_PAUSE_S = 0.3


class ConnectError(ConnectionError):
    """Connect does not answer, or refuses; the message says what."""


@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    state: str
    """RUNNING, PAUSED, STOPPED, UNASSIGNED, FAILED: of the connector, or of its task where that is worse."""
    trace: str = ""
    """The first line of what it failed with."""


class ConnectClient:
    """Thread-safe. Connects at first use."""

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        """`url`: with `user:password@` where it asks for them."""
        self._url, auth = split_auth(url.rstrip("/"))
        self._client = httpx.Client(base_url=self._url, timeout=TIMEOUT, auth=auth, verify=trusting(ca_file))

    def plugins(self) -> frozenset[str]:
        """Class names of the connectors that are installed."""
        return frozenset(each["class"] for each in self._found("GET", "/connector-plugins"))

    def config(self, name: str) -> Mapping[str, str] | None:
        """None where there is no such connector. Holds a password: never show it."""
        answer = self._request("GET", f"/connectors/{name}/config")
        if _is_missing(answer):
            return None
        config: dict[str, str] = self._checked(answer).json()
        config.pop("name", None)
        return config

    def status(self, name: str) -> ConnectorStatus | None:
        answer = self._request("GET", f"/connectors/{name}/status")
        if _is_missing(answer):
            return None
        told = self._checked(answer).json()
        states = [told["connector"], *told["tasks"]]
        worst = next((each for each in states if each["state"] != "RUNNING"), states[0])
        return ConnectorStatus(worst["state"], (worst.get("trace") or "").partition("\n")[0])

    def put(self, name: str, config: Mapping[str, str]) -> None:
        """Makes the connector, or changes it. Connect tries the configuration first, on the database too."""
        self._found("PUT", f"/connectors/{name}/config", dict(config))

    def restart(self, name: str) -> None:
        """What of it has failed."""
        self._found("POST", f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true")

    def resume(self, name: str) -> None:
        self._found("PUT", f"/connectors/{name}/resume")

    def forget_offsets(self, name: str) -> None:
        """Stops it; how far it has read is forgotten. To go on: `resume`."""
        self._found("PUT", f"/connectors/{name}/stop")
        deadline = time.monotonic() + _PATIENCE_S
        while (status := self.status(name)) is None or status.state != "STOPPED":
            if time.monotonic() > deadline:
                raise ConnectError(f"connector {name} does not stop: see the log of Kafka Connect at {self._url}")
            time.sleep(_PAUSE_S)
        self._found("DELETE", f"/connectors/{name}/offsets")

    def close(self) -> None:
        self._client.close()

    def _found(self, method: str, path: str, body: object = None) -> Any:
        answer = self._checked(self._request(method, path, body))
        return answer.json() if answer.content else None

    def _checked(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_error:
            what = f"{answer.request.method} {answer.url.path}"
            raise ConnectError(f"Kafka Connect at {self._url} refused {what}: {_message(answer)}")
        return answer

    def _request(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Repeats while Connect is busy with itself: 409."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                answer = self._client.request(method, path, json=body)
            except httpx.TransportError as error:
                raise ConnectError(f"Kafka Connect at {self._url} does not answer: {error!r}") from error
            if answer.status_code != httpx.codes.CONFLICT or time.monotonic() > deadline:
                return answer
            time.sleep(_PAUSE_S)


def _is_missing(answer: httpx.Response) -> bool:
    """Connect says so itself. While it starts there is nothing at any address yet, which says nothing of connectors."""
    return answer.status_code == httpx.codes.NOT_FOUND and "error_code" in answer.text


def _message(answer: httpx.Response) -> str:
    if answer.status_code == httpx.codes.NOT_FOUND and not _is_missing(answer):
        return "it is still starting"
    try:
        return str(answer.json()["message"])[:1000]
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:200]}"
