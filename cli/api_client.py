"""The running platform's HTTP API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import httpx

from cli.address import url_of
from cli.errors import CliError, NotRunning

if TYPE_CHECKING:
    from herofactory.platform.settings import Settings


class ApiClient:
    def __init__(
        self, settings: Settings, token: str | None = None, timeout_s: float = 10.0, *, is_test: bool = False
    ) -> None:
        """`is_test`: what is asked for counts in no figure."""
        self.url = url_of(settings.host, settings.port)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if is_test:
            headers["X-Source"] = "test"
        # trust_env: a proxy for the world outside must not get requests for this machine
        self._client = httpx.Client(base_url=self.url, headers=headers, timeout=timeout_s, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Raises NotRunning, or CliError with what the API's problem says."""
        return self._answer(self._send("GET", path, params=query))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._answer(self._send("POST", path, json=body))

    def delete(self, path: str) -> None:
        self._answer(self._send("DELETE", path))

    def readiness(self) -> dict[str, Any]:
        """What /health/ready says, whatever its status."""
        answer = self._send("GET", "/health/ready")
        found: dict[str, Any] = answer.json()
        return found

    def text(self, path: str) -> str:
        answer = self._send("GET", path)
        self._check(answer)
        return answer.text

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise NotRunning(
                f"nothing answers at {self.url} ({error}): start the platform with `make up` or `hero up` "
                "(another port: PORT or --port)"
            ) from error

    def _answer(self, answer: httpx.Response) -> dict[str, Any]:
        self._check(answer)
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def _check(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        try:
            problem = answer.json()
            told = f"{problem.get('code', '')}: {problem.get('detail') or problem.get('title', '')}"
        except ValueError:
            told = answer.text[:200]
        raise CliError(f"{self.url} answers {answer.status_code}: {told}")
