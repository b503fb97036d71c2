"""A filter says which records a replay takes, and what is wrong with itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.records import Record
from herofactory.platform.replay.filter import MAX_DEPTH, Filter, FilterError, parse
from herofactory.platform.replay.filter_fields import MOMENTS, NUMBERS, PLAIN
from herofactory.platform.replay.filter_nodes import Comparison, Joined, Node, Not, Operand, Operator
from herofactory.platform.replay.filter_tokens import KEYWORDS, MAX_CHARS

HEADERS = {
    "event-id": b"01900000-0000-7000-8000-000000000000",
    "event-type": b"item.created",
    "occurred-at": b"2026-11-23T09:30:00+09:00",
    "revision": b"7",
    "x": "불 검".encode(),
}


@dataclass(frozen=True, slots=True)
class Sword:
    category: str
    price: int
    tags: tuple[str, ...]
    sharp: bool
    made_at: datetime
    owner: str | None = None
    secret = "of the class"

    @property
    def computed(self) -> str:
        raise AssertionError("only fields are asked")


class Swords:
    def decode(self, topic: str, data: bytes) -> Any:
        if data == b"sword":
            return Sword("weapon", 1500, ("fire", "two hands"), True, datetime(2026, 11, 20, tzinfo=UTC))
        return json.loads(data)

    def encode(self, topic: str, value: Any) -> bytes:
        raise NotImplementedError


def record(value: bytes | None = b"sword", key: bytes | None = b"k1") -> Record:
    return Record("item.created", 2, 41, key, value, HEADERS, 1_795_392_000.0)


def holds(text: str, of: Record | None = None) -> bool:
    return Filter.parse(text, Swords()).matches(of or record())


@pytest.mark.parametrize(
    "text",
    [
        "key = k1",
        "topic = item.created and partition = 2 and offset = 41",
        "offset >= 41 and offset < 42 and offset > 9 and offset <= 41.0",
        "event-type in (item.updated, item.created)",
        "revision = 7 and revision > 6",
        "occurred-at = 2026-11-23T00:30 and occurred-at < 2026-11-23T00:31Z",
        "time > 2026-01-01 and time < 2027-01-01T00:00+09:00",
        "header.x ~ 불 and header.x = '불 검' and header.x !~ 물",
        "header.none = null and header.x != null",
        'value.category = "weapon" and value.category != armor',
        "value.price >= 1500 and value.price < 1500.5",
        "value.tags ~ fire and value.tags = 'two hands' and value.tags !~ ice",
        "value.sharp = true and value.sharp != false",
        "value.made_at < 2026-11-21",
        "value.owner = null and value.nothing = null and value.price.deeper = null",
        "value.secret = null and value.computed = null and value.__class__ = null",
        "not key = k2",
        "key = k2 or key = k1",
        "key = k1 or key = k1 and key = k2",
        "not (key = k2 and topic = item.created) and value != null",
        "key=k1 AND NOT offset<3",
        "event-id ~ 01900000",
    ],
)
def test_it_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "key = K1",
        "offset > 41",
        "value.owner > a",
        "value.owner != null",
        "value.owner ~ ''",
        "value.price = cheap or value.price < cheap",
        "header.none !~ x and header.none = ''",
        "not key = k1",
        "key = k1 and not (offset = 41 or offset = 2)",
    ],
)
def test_it_does_not_hold(text: str) -> None:
    assert not holds(text)


def test_a_tombstone_and_what_cannot_be_decoded_have_no_value() -> None:
    assert holds("value = null and value.category = null", record(None))
    assert holds("value != null and value.category = null", record(b"\xff\xfe"))
    assert not holds("value.category = weapon", record(b"\xff\xfe"))
    assert holds("key = null", record(key=None))


def test_documents_are_asked_by_path() -> None:
    of = record(b'{"query": {"text": "\xea\xb2\x80", "page": 2}, "n": 0.5, "list": [1, 2]}')
    assert holds("value.query.text = 검 and value.query.page = 2 and value.n < 1 and value.list ~ 2", of)
    assert holds("value.list != 3 and value.query.none = null", of)


def test_texts_are_compared_in_one_normal_form() -> None:
    decomposed = "\u1100\u1165\u11b7"
    assert holds(f"value.name = '{decomposed}'", record('{"name": "검"}'.encode()))


@pytest.mark.parametrize(
    ("text", "at", "what"),
    [
        ("", 0, "expected a field"),
        ("key", 3, "expected = != < <= > >= ~ !~ or `in` after `key`, found the end"),
        ("kay = 1", 0, "no record has `kay`"),
        ("header. = 1", 0, "no record has `header.`"),
        ("value.a..b = 1", 0, "no record has"),
        ("key = ", 6, "expected what to compare `key` with"),
        ("key = and", 6, "quote it"),
        ("key = 'abc", 6, "never closed"),
        ("key = 1 key = 2", 8, "expected `and`, `or` or the end, found `key`"),
        ("(key = 1", 8, "expected `)` for the bracket at character 1"),
        ("key in (a, b", 12, "expected `)`"),
        ("key in a", 7, "expected `(`"),
        ("offset = x", 9, "`offset` is a number"),
        ("time > yesterday", 7, "`time` is a time"),
        ("value = 3", 8, "only compared with null"),
        ("offset < null", 9, "null stands in no order"),
        ("key == 1", 5, "expected what to compare `key` with, found `=`"),
        ("not", 3, "expected a field"),
        ("key ! 1", 4, "`!` cannot stand here"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, at: int, what: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert what in str(caught.value)
    assert caught.value.at == at
    assert str(caught.value).endswith(f"\n  {text}\n  {' ' * at}^")


def test_what_nobody_would_write_is_refused() -> None:
    with pytest.raises(FilterError, match="within each other"):
        parse("(" * (MAX_DEPTH + 1) + "key=1" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(FilterError, match="too many"):
        parse("key=" + "x" * MAX_CHARS)


_operators: st.SearchStrategy[Operator] = st.sampled_from(("=", "!=", "<", "<=", ">", ">=", "~", "!~"))
# Whatever can be written down is read as it was meant.
_words = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=8)
_dynamic = st.sampled_from(["key", "topic", "header.x", "value.a", "value.a.b", "event-type"])
_bare = st.from_regex(r"[a-z0-9.:\-]{1,8}", fullmatch=True).filter(lambda word: word not in KEYWORDS)


@st.composite
def _comparisons(draw: st.DrawFn) -> Comparison:
    field = draw(st.one_of(_dynamic, st.sampled_from(sorted(NUMBERS | MOMENTS))))
    if field in NUMBERS:
        return Comparison(field, draw(st.sampled_from(("=", "<", ">="))), (Operand(str(draw(st.integers(0, 99)))),))
    if field in MOMENTS:
        return Comparison(field, draw(st.sampled_from(("<", "!="))), (Operand(draw(st.datetimes()).isoformat()),))
    some = st.one_of(_bare.map(Operand), _words.map(_quoted))
    if draw(st.booleans()):
        return Comparison(field, "=", tuple(draw(st.lists(some, min_size=1, max_size=3))))
    operator = draw(_operators)
    operand = draw(some.filter(lambda each: not each.is_null))
    return Comparison(field, operator, (operand,))


def _quoted(text: str) -> Operand:
    return Operand(normalize("NFC", text), quoted=True)


def _joined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        parts.map(Not),
        st.builds(Joined, st.sampled_from(("and", "or")), several),
    )


_trees: st.SearchStrategy[Node] = st.recursive(_comparisons(), _joined, max_leaves=6)


@given(_trees)
def test_a_tree_is_read_back_from_its_text(tree: Node) -> None:
    assert parse(str(tree)) == tree


@given(st.text(st.sampled_from(list("key=val and or not in ()~!<>\"'\\,.0x검 \n")), max_size=40))
def test_any_text_is_a_filter_or_an_error_with_a_place(text: str) -> None:
    try:
        tree = parse(text)
    except FilterError as error:
        place = error.at
    else:
        place = 0
        tree.matches(record(), Swords())
    assert 0 <= place <= len(text)


@given(_trees)
def test_not_is_the_opposite(tree: Node) -> None:
    assert Not(tree).matches(record(), Swords()) != tree.matches(record(), Swords())


def test_every_plain_field_can_be_asked_of_every_record() -> None:
    bare = Record("t", 0, 0, None, None, {"revision": b"x", "occurred-at": b"y"}, 0.0)
    for name, get in PLAIN.items():
        get(bare, Swords())
        assert name in ("topic", "partition", "offset", "time") or get(bare, Swords()) is None
