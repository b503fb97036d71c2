"""Reading JSON without mercy: what two parsers might understand differently is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from api.problem import Problem

DEPTH_MAX = 20
"""Levels of nesting; nothing here needs more than three."""


def parse(body: bytes) -> Any:
    """Raises Problem INVALID_JSON for what is not UTF-8, not JSON, nested too deeply, names a field twice, or holds NaN
    or half of a surrogate pair."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise _refused(f"it is not UTF-8: byte {error.start} cannot be read") from error
    except json.JSONDecodeError as error:
        raise _refused(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise _refused(f"it is nested more than {DEPTH_MAX} levels deep") from error
    except ValueError as error:
        raise _refused(str(error)) from error
    _check(value, DEPTH_MAX)
    return value


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict | list):
        if depth == 0:
            raise _refused(f"it is nested more than {DEPTH_MAX} levels deep")
        for each in value:
            _check(each, depth - 1)
        if isinstance(value, dict):
            for each in value.values():
                _check(each, depth - 1)


def _check_text(value: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        lone = ord(value[error.start])
        raise _refused(f"\\u{lone:04x} is half of a surrogate pair, which is no character") from error


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in fields if names.count(name) > 1)
        raise ValueError(f"the field {twice[:50]!a} stands there twice")
    return fields


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refused(why: str) -> Problem:
    return Problem("INVALID_JSON", f"the body cannot be read as JSON: {why}")
