"""Lines of an import file: read one by one, each good or bad on its own."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from herofactory.catalog.item import Content
from herofactory.catalog.text import InvalidField, line

FIELDS = ("external_id", "name", "description", "category", "tags", "price", "image", "attribution")
LINE_MAX = 1_000_000
"""Bytes; no honest line comes near it."""
EXTERNAL_ID_MAX = 200
NOT_UTF8 = "not UTF-8 text: save the file as UTF-8 (a spreadsheet calls it CSV UTF-8)"
_BYTES = ("\udc80", "\udcff")
"""What `surrogateescape` makes of the first and the last byte that is not UTF-8."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    number: int
    """Line number in the file, from 1."""
    external_id: str
    content: Content
    """Checked, without image."""
    image: Path | None
    attribution: Mapping[str, str] | None
    text: str


@dataclass(frozen=True, slots=True)
class BadLine:
    number: int
    error: str
    text: str


def count_lines(path: Path) -> int:
    """Lines that are not blank, a CSV's header left out."""
    with path.open("rb") as file:
        lines = sum(1 for each in file if each.strip())
    return max(lines - 1, 0) if _is_csv(path) else lines


def read_rows(path: Path) -> Iterator[ImportRow | BadLine]:
    """Every line that is not blank. Raises ValueError for a CSV without a usable header, or another kind of file."""
    if _is_csv(path):
        yield from _read_csv(path)
    elif path.suffix in (".jsonl", ".ndjson", ".json"):
        yield from _read_json(path)
    else:
        raise ValueError(
            f"{path.name}: a catalogue is JSON Lines (.jsonl) or CSV (.csv), not {path.suffix or 'without suffix'}"
        )


def _is_csv(path: Path) -> bool:
    return path.suffix == ".csv"


def _read_json(path: Path) -> Iterator[ImportRow | BadLine]:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if raw.strip():
                text = raw.decode("utf-8", "replace").rstrip("\r\n")
                yield _row(number, text, lambda raw=raw: _parse_json(raw), path.parent)


def _read_csv(path: Path) -> Iterator[ImportRow | BadLine]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        header = next(csv.reader([file.readline()]), [])
        unknown = set(header) - set(FIELDS)
        if unknown or "name" not in header:
            raise ValueError(f"{path.name}: the first line must name the columns, of {', '.join(FIELDS)}; got {header}")
        for number, text in enumerate(file, 2):
            if text.strip():
                shown = text.rstrip("\r\n").encode("utf-8", "replace").decode("utf-8", "replace")
                yield _row(number, shown, lambda text=text: _parse_csv(text, header), path.parent)


def _row(number: int, text: str, parse: Any, folder: Path) -> ImportRow | BadLine:
    try:
        return _checked(number, text, parse(), folder)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        return BadLine(number, str(error), text[:2000])


def _parse_json(raw: bytes) -> dict[str, Any]:
    if len(raw) > LINE_MAX:
        raise ValueError(f"the line has {len(raw)} bytes, at most {LINE_MAX} are taken")
    try:
        value = json.loads(raw)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from error
    except UnicodeDecodeError as error:
        raise ValueError(NOT_UTF8) from error
    if not isinstance(value, dict):
        raise ValueError(f"a line must be a JSON object, not {type(value).__name__}")
    return value


def _parse_csv(text: str, header: list[str]) -> dict[str, Any]:
    if any(_BYTES[0] <= each <= _BYTES[1] for each in text):
        raise ValueError(NOT_UTF8)
    cells = next(csv.reader(io.StringIO(text)))
    if len(cells) != len(header):
        raise ValueError(f"{len(cells)} columns, the header has {len(header)} (no line breaks inside quotes)")
    fields: dict[str, Any] = {name: cell for name, cell in zip(header, cells, strict=True) if cell != ""}
    if "tags" in fields:
        fields["tags"] = [tag for tag in fields["tags"].replace(";", ",").split(",") if tag.strip()]
    if "price" in fields:
        fields["price"] = _whole(fields["price"])
    if "attribution" in fields:
        fields["attribution"] = json.loads(fields["attribution"])
    return fields


def _whole(text: str) -> int:
    if not text.strip().lstrip("-").isascii() or not text.strip().lstrip("-").isdigit():
        raise InvalidField("price", f"whole KRW, got {text!r}")
    return int(text)


def _checked(number: int, text: str, fields: Mapping[str, Any], folder: Path) -> ImportRow:
    unknown = fields.keys() - set(FIELDS)
    if unknown:
        raise ValueError(f"unknown field {sorted(unknown)[0]!r}; known: {', '.join(FIELDS)}")
    content = Content(
        name=_typed(fields, "name", str),
        description=_typed(fields, "description", str, ""),
        category=_typed(fields, "category", str),
        tags=tuple(_strings(fields, "tags")),
        price=_typed(fields, "price", int),
    ).checked()
    return ImportRow(number, _external_id(fields), content, _image(fields, folder), _attribution(fields), text[:2000])


def _typed(fields: Mapping[str, Any], name: str, kind: type, default: Any = None) -> Any:
    value = fields.get(name, default)
    if value is None:
        raise InvalidField(name, "is missing")
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InvalidField(name, f"must be {kind.__name__}, got {value!r:.80}")
    return value


def _strings(fields: Mapping[str, Any], name: str) -> list[str]:
    values = _typed(fields, name, list, [])
    if not all(isinstance(value, str) for value in values):
        raise InvalidField(name, "must be a list of texts")
    return list(values)


def _external_id(fields: Mapping[str, Any]) -> str:
    """As given; without one, a hash of the line's content, so that the same file again still changes nothing."""
    given = fields.get("external_id")
    if given is None:
        canonical = json.dumps(dict(fields), sort_keys=True, ensure_ascii=False)
        return "sha256:" + hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return line("external_id", str(given), longest=EXTERNAL_ID_MAX)


def _image(fields: Mapping[str, Any], folder: Path) -> Path | None:
    """A path inside the catalogue's folder: a catalogue from elsewhere must not pick up other files."""
    name = fields.get("image")
    if name is None:
        return None
    if not isinstance(name, str):
        raise InvalidField("image", f"must be a path, got {name!r:.80}")
    if "://" in name:
        raise InvalidField("image", f"{name!r:.80} is an address: put the file beside the catalogue, and name that")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InvalidField("image", f"{name!r} lies outside the catalogue's folder")
    return path


def _attribution(fields: Mapping[str, Any]) -> Mapping[str, str] | None:
    value = fields.get("attribution")
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise InvalidField("attribution", "must be an object of texts")
    return {name: line(f"attribution.{name}", text, longest=500) for name, text in value.items()}
