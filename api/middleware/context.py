"""Round every request: its trace, its line in the log, its figures, its security headers, and no exception let out."""

from __future__ import annotations

import time
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import as_problem
from api.middleware.gate import EXEMPT
from api.middleware.security import headers_for
from api.problem import Problem
from herofactory.platform.telemetry.access import Access
from herofactory.platform.telemetry.access_log import AccessLog
from herofactory.platform.telemetry.access_notes import STATE, AccessNotes
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.metrics import Metrics
from herofactory.platform.telemetry.tracing import child_traceparent, set_traceparent, trace_id_of

_log = get_logger("api.access")
_REFUSED = frozenset({401, 413, 429, 503})
"""What is answered before a route is looked for."""
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


class RequestContext:
    def __init__(
        self, app: ASGIApp, metrics: Metrics, access_log: AccessLog | None = None, routes: Sequence[BaseRoute] = ()
    ) -> None:
        """`routes`: those that a request refused at the gate, before any was looked for, may have meant."""
        self._app = app
        self._metrics = metrics
        self._access_log = access_log
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, self._routes)
        set_traceparent(exchange.traceparent)
        try:
            await self._app(scope, receive, exchange.send)
        except Exception as error:  # noqa: BLE001  (whatever it is, the answer says nothing of it)
            await exchange.fail(error, receive)
        finally:
            self._tell(exchange)
            set_traceparent(None)

    def _tell(self, exchange: _Exchange) -> None:
        duration_ns = time.perf_counter_ns() - exchange.started_ns
        route, method = exchange.route, exchange.method
        self._metrics.count("hero_http_requests_total", route=route, method=method, status=str(exchange.status))
        self._metrics.observe("hero_http_request_seconds", duration_ns / 1e9, route=route)
        _log.debug("request", method=method, route=route, status=exchange.status, seconds=round(duration_ns / 1e9, 6))
        # Health and metrics are asked for every second: their lines would bury the others.
        if self._access_log and not exchange.scope["path"].startswith(EXEMPT):
            self._access_log.put(exchange.access(route, duration_ns))


class _Exchange:
    """One request and what became of it."""

    def __init__(self, scope: Scope, send: Send, routes: Sequence[BaseRoute]) -> None:
        self.scope = scope
        self.method = scope["method"] if scope["method"] in METHODS else "other"
        self.started_ns = time.perf_counter_ns()
        self._at = time.time()
        self.status = 499  # the client went away before an answer began
        self.traceparent = child_traceparent(Headers(scope=scope).get("traceparent"))
        self._send = send
        self._begun = False
        self._routes = routes
        self._notes = scope.setdefault("state", {})[STATE] = AccessNotes()
        scope["state"]["started_ns"] = self.started_ns

    @property
    def route(self) -> str:
        """The route's template: paths themselves would make a metric of every item."""
        found = getattr(self.scope.get("route"), "path", None)
        if found is None and self.status in _REFUSED:
            found = next((_template(each) for each in self._routes if each.matches(self.scope)[0] is Match.FULL), None)
        return found or "unmatched"

    def access(self, route: str, duration_ns: int) -> Access:
        scope, headers = self.scope, Headers(scope=self.scope)
        return Access(
            at=self._at,
            duration_ns=duration_ns,
            method=self.method,
            route=route,
            path=scope["path"],
            status=self.status,
            trace_id=trace_id_of(self.traceparent),
            address=scope["client"][0] if scope.get("client") else None,
            user_agent=headers.get("user-agent"),
            referrer=headers.get("referer"),
            notes=self._notes,
        )

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["traceresponse"] = self.traceparent
            headers["x-request-id"] = trace_id_of(self.traceparent) or ""
            headers.setdefault("cache-control", "no-store")
            for name, value in headers_for(self.scope["path"]).items():
                headers.setdefault(name, value)
        await self._send(message)

    async def fail(self, error: Exception, receive: Receive) -> None:
        problem = as_problem(error)
        if problem is None:
            _log.exception("a request failed", method=self.method, route=self.route)
            detail = "the request failed for a reason of ours; it was logged under trace_id"
            problem = Problem("INTERNAL_ERROR", detail, trace_id=trace_id_of(self.traceparent))
        if self._begun:
            raise error  # too late for another answer: the server cuts the connection
        await problem.response()(self.scope, receive, self.send)


def _template(route: BaseRoute) -> str | None:
    path: str | None = getattr(route, "path", None)
    return path
