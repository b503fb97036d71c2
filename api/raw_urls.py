"""Requests whose URL is typed as it is read: `curl localhost:8000/api/v1/search?q=불타는+검` sends bare UTF-8.

RFC 3986 wants it percent-encoded, browsers do that, curl does not, and the parser refuses what is not ASCII.
"""

from __future__ import annotations

import re

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_NON_ASCII = re.compile(rb"[\x80-\xff]")
_REQUEST_LINE = re.compile(rb"[A-Z]{3,7} [^\r\n]* HTTP/1\.[01]\r\n")


def encoded(data: bytes) -> bytes:
    """`data` with the bytes of its request line that are not ASCII percent-encoded; nothing else is touched."""
    line = _REQUEST_LINE.match(data)
    if line is None or line.group().isascii():
        return data
    return _NON_ASCII.sub(lambda byte: b"%%%02X" % byte.group()[0], line.group()) + data[line.end() :]


class RawUrls(HttpToolsProtocol):
    """Uvicorn's protocol, one step before its parser."""

    def data_received(self, data: bytes) -> None:
        between_requests = self.cycle is None or self.cycle.response_complete
        super().data_received(encoded(data) if between_requests else data)
