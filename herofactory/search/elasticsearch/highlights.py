from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from herofactory.search.highlight import Range, ranges
from herofactory.search.plan import Plan

# Noncharacters: no text has them, and where one does, it is shown without marks.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_FIELDS = ("name", "description")


def request(plan: Plan) -> dict[str, Any]:
    """Marks every word that is asked for, also as a synonym, in the whole text."""
    wanted = sorted(plan.highlighted)
    fields = {field: {"highlight_query": {"terms": {field: wanted}}} for field in _FIELDS}
    return {"pre_tags": [_OPEN], "post_tags": [_CLOSE], "number_of_fragments": 0, "fields": fields}


def of_hit(marked: Mapping[str, Sequence[str]], texts: Mapping[str, str]) -> Iterator[tuple[str, tuple[Range, ...]]]:
    for field, text in texts.items():
        for whole in marked.get(field, ())[:1]:
            if places := _places(whole, text):
                yield field, places


def _places(marked: str, text: str) -> tuple[Range, ...]:
    spans: list[tuple[str, int, int]] = []
    at = 0
    first, *pieces = marked.split(_OPEN)
    plain = [first]
    at = len(first)
    for piece in pieces:
        word, _, rest = piece.partition(_CLOSE)
        spans.append(("", at, at + len(word)))
        plain += [word, rest]
        at += len(word) + len(rest)
    return ranges(spans, {""}, text) if "".join(plain) == text else ()
