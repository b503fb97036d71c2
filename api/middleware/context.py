"""Round every request: its trace, its line in the log, its figures, its security headers, and no exception let out."""

from __future__ import annotations

import logging
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import as_problem
from api.middleware.gate import EXEMPT
from api.middleware.security import headers_for
from api.problem import Problem
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.metrics import Metrics
from herofactory.platform.telemetry.tracing import child_traceparent, set_traceparent, trace_id_of

_log = get_logger("api.access")
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})


class RequestContext:
    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        set_traceparent(exchange.traceparent)
        try:
            await self._app(scope, receive, exchange.send)
        except Exception as error:  # noqa: BLE001  (whatever it is, the answer says nothing of it)
            await exchange.fail(error, receive)
        finally:
            self._tell(exchange)
            set_traceparent(None)

    def _tell(self, exchange: _Exchange) -> None:
        seconds = time.perf_counter() - exchange.started
        scope, route, method = exchange.scope, exchange.route, exchange.method
        self._metrics.count("hero_http_requests_total", route=route, method=method, status=str(exchange.status))
        self._metrics.observe("hero_http_request_seconds", seconds, route=route)
        principal = scope.get("state", {}).get("principal")
        # Health and metrics are asked for every second: their lines would bury the others.
        _log.log(
            logging.DEBUG if scope["path"].startswith(EXEMPT) else logging.INFO,
            "request",
            method=method,
            route=route,
            path=scope["path"][:500],
            status=exchange.status,
            seconds=round(seconds, 6),
            user=principal.subject if principal else None,
            client=scope["client"][0] if scope.get("client") else None,
        )


class _Exchange:
    """One request and what became of it."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.method = scope["method"] if scope["method"] in METHODS else "other"
        self.started = time.perf_counter()
        self.status = 499  # the client went away before an answer began
        self.traceparent = child_traceparent(Headers(scope=scope).get("traceparent"))
        self._send = send
        self._begun = False
        scope.setdefault("state", {})

    @property
    def route(self) -> str:
        """The route's template: paths themselves would make a metric of every item."""
        return getattr(self.scope.get("route"), "path", None) or "unmatched"

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
