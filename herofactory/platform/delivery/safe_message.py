"""What an error says, fit to be stored and shown."""

from __future__ import annotations

import re

MESSAGE_CHARS = 500

_NAMES = r"password|passwd|secret|token|api[_-]?key"
_SECRETS = (
    (re.compile(r"://[^/\s:@]*:[^/\s@]*@"), "://***@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"\b(sk|pk|rk)-[\w-]{8,}"), r"\1-***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "***"),
    (re.compile(rf"(?i)\b([\w-]*(?:{_NAMES})['\"]?\s*[=:]\s*['\"]?)[^\s,'\"&;)]+"), r"\1***"),
)


def safe_message(error: BaseException) -> str:
    """The error's text on one line, bounded, without what looks like a credential."""
    text = " ".join(str(error).split())[: 4 * MESSAGE_CHARS]
    for pattern, blank in _SECRETS:
        text = pattern.sub(blank, text)
    return text if len(text) <= MESSAGE_CHARS else text[: MESSAGE_CHARS - 1] + "…"
