"""Idempotency-Key on routes: the effect and the answer it gave share a transaction."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Header
from fastapi.responses import JSONResponse
from starlette.requests import Request

from api.auth import Somebody
from api.problem import invalid
from api.services import Wired
from herofactory.platform.idempotency import Answer, IdempotencyKey
from herofactory.platform.postgres.database import Connection

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HEADER = Header(alias="Idempotency-Key", description="Any text of 1 to 255 characters; kept for a day")


class Once:
    """Runs an effect at most once per user and key."""

    def __init__(
        self, request: Request, services: Wired, caller: Somebody, key: Annotated[str | None, _HEADER] = None
    ) -> None:
        if key is not None and not _KEY.fullmatch(key):
            raise invalid("Idempotency-Key", "1 to 255 visible ASCII characters")
        self._place = f"{request.method} {request.url.path}"
        self._database = services.database
        self._subject = caller.subject
        self._key = key

    async def run(self, body: Any, effect: Callable[[Connection], Awaitable[Answer]]) -> JSONResponse:
        """What `effect` answers, or what it answered before to the same key and `body` (JSON).

        Raises KeyReused for the same key with another body.
        """
        key = self._key and IdempotencyKey(self._subject, self._key, _fingerprint(self._place, body))
        async with self._database.transaction() as transaction:
            kept = await key.claim(transaction) if key else None
            answer = kept or await effect(transaction)
            if key and not kept:
                await key.store(transaction, answer)
        headers = {"idempotency-replayed": "true"} if kept else {}
        return JSONResponse(answer.body, answer.status, headers)


def _fingerprint(place: str, body: Any) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{place}\n{canonical}".encode()).hexdigest()


OnceOnly = Annotated[Once, Depends(Once)]
