"""From every exception to a problem. The one place that knows both the domain's errors and HTTP's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.problem import BY_STATUS, Problem, invalid, unavailable
from herofactory.assets.image import ImageTooLarge, InvalidImage
from herofactory.assets.links import LinkExpired, LinkInvalid
from herofactory.assets.store import StoreFull
from herofactory.catalog.service import ItemExists, ItemNotFound
from herofactory.catalog.text import InvalidField
from herofactory.catalog.verdicts import StaleRevision
from herofactory.platform.eventlog.port import LogUnavailable
from herofactory.platform.idempotency import KeyReused
from herofactory.platform.replay.target import ReplayRefused
from herofactory.search.errors import QueryError, SearchError
from herofactory.studio.jobs.errors import JobNotFound, PromptRejected, QuotaExceeded
from herofactory.studio.listing import NoResult

_LOG_DOWN = "the event log does not answer; try again in a moment"
_SERVER_DOWN = "a server that this needs does not answer; try again in a moment"
_DATABASE_DOWN = "the database does not answer; try again in a moment"


def install(app: FastAPI) -> None:
    for kind, translate in _TRANSLATIONS.items():
        app.add_exception_handler(kind, _handler(translate))


def as_problem(error: Exception) -> Problem | None:
    """The problem that tells of `error`; None for one that nobody foresaw."""
    for kind in type(error).__mro__:
        if kind in _TRANSLATIONS:
            return _TRANSLATIONS[kind](error)
    return None


def _handler(translate: Callable[[Any], Problem]) -> Callable[[Request, Exception], Response]:
    def handle(_request: Request, error: Exception) -> Response:
        return translate(error).response()

    return handle


def _http(error: HTTPException) -> Problem:
    if isinstance(error, Problem):
        return error
    code = BY_STATUS.get(error.status_code, "BAD_REQUEST" if error.status_code < 500 else "INTERNAL_ERROR")
    return Problem(code, str(error.detail), headers=error.headers)


def _validation(error: RequestValidationError) -> Problem:
    found = [(_field(each["loc"]), _message(each["msg"])) for each in error.errors()]
    if any(each["loc"][:1] == ("path",) for each in error.errors()):
        return Problem("NOT_FOUND", "there is nothing under this address")
    listed = "; ".join(f"{name[:50]}: {message}" for name, message in found[:3])
    return Problem("VALIDATION_FAILED", f"{listed}{' ...' if len(found) > 3 else ''}", errors=found)


def _field(location: tuple[int | str, ...]) -> str:
    """`tags.3` for the fourth tag; where it stood (body, query, header) says itself."""
    inner = location[1:] if location and location[0] in ("body", "query", "header", "cookie") else location
    return ".".join(str(part) for part in inner) or "body"


def _message(text: str) -> str:
    """Without what only says which library found it."""
    plain = text.removeprefix("Value error, ")
    return "send a file, with its name" if plain.startswith("Expected UploadFile") else plain


def _too_large(error: ImageTooLarge) -> Problem:
    return Problem("IMAGE_TOO_LARGE", str(error), errors=[("file", str(error))])


def _no_image(error: InvalidImage) -> Problem:
    return Problem("INVALID_IMAGE", str(error), errors=[("file", str(error))])


def _stale(error: StaleRevision) -> Problem:
    return Problem("STALE_REVISION", str(error), errors=[("content_revision", f"the item is at {error.current}")])


def _no_search(error: SearchError) -> Problem:
    return unavailable(f"the search index is not ready: {error}", code="SEARCH_UNAVAILABLE", retry_after_s=2)


def _rejected(error: PromptRejected) -> Problem:
    return Problem(
        "PROMPT_REJECTED", f"text: {error}", errors=[("text", f"{code}: {why}") for code, why in error.reasons]
    )


def _quota(error: QuotaExceeded) -> Problem:
    return Problem("QUOTA_EXCEEDED", str(error), headers={"retry-after": str(error.retry_after_s)})


def _full(_: Exception) -> Problem:
    detail = "a disk is full: nothing of this request was stored; try again when its operator has made space"
    return unavailable(detail, code="OUT_OF_SPACE", retry_after_s=60)


_TRANSLATIONS: Mapping[type[Exception], Callable[[Any], Problem]] = {
    HTTPException: _http,
    RequestValidationError: _validation,
    InvalidField: lambda error: invalid(error.field, error.message),
    ItemNotFound: lambda error: Problem("NOT_FOUND", str(error)),
    ItemExists: lambda error: Problem("ALREADY_EXISTS", str(error)),
    StaleRevision: _stale,
    ReplayRefused: lambda error: Problem("REPLAY_REFUSED", str(error)),
    KeyReused: lambda error: Problem("IDEMPOTENCY_KEY_REUSED", str(error)),
    LinkInvalid: lambda error: Problem("LINK_INVALID", str(error)),
    LinkExpired: lambda error: Problem("LINK_EXPIRED", str(error)),
    ImageTooLarge: _too_large,
    InvalidImage: _no_image,
    JobNotFound: lambda error: Problem("NOT_FOUND", str(error)),
    NoResult: lambda error: Problem("NO_RESULT", str(error)),
    PromptRejected: _rejected,
    QuotaExceeded: _quota,
    QueryError: lambda error: invalid("q", str(error)),
    SearchError: _no_search,
    LogUnavailable: lambda _: unavailable(_LOG_DOWN),
    ConnectionError: lambda _: unavailable(_SERVER_DOWN),  # a schema registry's, without loading its client here
    StoreFull: _full,
    psycopg.errors.DiskFull: _full,
    psycopg.OperationalError: lambda _: unavailable(_DATABASE_DOWN),
    PoolTimeout: lambda _: unavailable(_DATABASE_DOWN),
}
