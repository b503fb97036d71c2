"""Which records a replay takes: `--filter 'event-type = item.created and value.category = weapon'`.

expression  comparison | not X | X and Y | X or Y | ( X )      `not` binds closest, then `and`, then `or`
comparison  field operator operand | field in ( operand, ... )
field       topic, partition, offset, key, time (when the log took it), event-id, event-type, occurred-at, revision,
            header.<name>, value.<field> (also of inner objects: value.query.text), value (only with null: a tombstone)
operator    = != < <= > >=   ~ contains, !~ does not (of a list: has it as a member, or has not)
operand     a word, a number, a time (2026-12-01 or 2026-12-01T09:30+09:00; UTC without a zone), null, or a quoted
            text ("불 검", with \\" and \\\\)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast
from unicodedata import normalize

from herofactory.platform.delivery.values import Values
from herofactory.platform.records import Record
from herofactory.platform.replay.filter_fields import KNOWN, MOMENTS, NUMBERS, getter
from herofactory.platform.replay.filter_nodes import Comparison, Joined, Node, Not, Operand, Operator
from herofactory.platform.replay.filter_tokens import KEYWORDS, FilterError, Token, tokens_of

__all__ = ["Filter", "FilterError"]

MAX_DEPTH = 50
"""Of brackets and `not`s; more is no filter that somebody wrote."""


class Filter:
    def __init__(self, tree: Node, values: Values) -> None:
        self.tree = tree
        self._values = values

    @classmethod
    def parse(cls, text: str, values: Values) -> Filter:
        """Raises FilterError."""
        return cls(parse(text), values)

    def matches(self, record: Record) -> bool:
        """Raises what an unreachable registry raises, where values are asked for."""
        return self.tree.matches(record, self._values)


def parse(text: str) -> Node:
    """Raises FilterError."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = normalize("NFC", text)
        self._tokens = tokens_of(self._text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        tree = self._or()
        if self._next.kind != "end":
            raise self._error(f"expected `and`, `or` or the end, found {self._next}")
        return tree

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _or(self) -> Node:
        return self._joined("or", self._and)

    def _and(self) -> Node:
        return self._joined("and", self._not)

    def _joined(self, word: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self._next.is_keyword(word):
            self._take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))  # type: ignore[arg-type]  # and, or

    def _not(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} brackets and `not`s within each other")
        try:
            if self._next.is_keyword("not"):
                self._take()
                return Not(self._not())
            return self._bracket() if self._next.kind == "(" else self._comparison()
        finally:
            self._depth -= 1

    def _bracket(self) -> Node:
        opened = self._take()
        tree = self._or()
        if self._next.kind != ")":
            raise self._error(f"expected `)` for the bracket at character {opened.at + 1}, found {self._next}")
        self._take()
        return tree

    def _comparison(self) -> Node:
        field = self._take()
        if field.kind != "word" or field.value.lower() in KEYWORDS:
            raise self._error(f"expected a field ({', '.join(KNOWN)}), found {field}", field)
        if getter(field.value) is None:
            raise self._error(f"no record has {field}; fields are {', '.join(KNOWN)}", field)
        operator = self._take()
        if operator.is_keyword("in"):
            return Comparison(field.value, "=", self._list(field.value))
        if operator.kind != "operator":
            raise self._error(f"expected = != < <= > >= ~ !~ or `in` after {field}, found {operator}", operator)
        return Comparison(field.value, cast(Operator, operator.value), (self._operand(field.value, operator.value),))

    def _list(self, field: str) -> Sequence[Operand]:
        self._expect("(")
        operands = [self._operand(field, "=")]
        while self._next.kind == ",":
            self._take()
            operands.append(self._operand(field, "="))
        self._expect(")")
        return tuple(operands)

    def _expect(self, kind: str) -> None:
        if self._next.kind != kind:
            raise self._error(f"expected `{kind}`, found {self._next}")
        self._take()

    def _operand(self, field: str, operator: str) -> Operand:
        token = self._take()
        if token.kind not in ("word", "text") or (token.kind == "word" and token.value.lower() in KEYWORDS):
            raise self._error(f"expected what to compare `{field}` with, found {token}; quote it", token)
        operand = Operand(token.value, quoted=token.kind == "text")
        if wrong := _mismatch(field, operator, operand):
            raise self._error(wrong, token)
        return operand

    def _error(self, what: str, token: Token | None = None) -> FilterError:
        return FilterError(what, self._text, (token or self._next).at)


def _mismatch(field: str, operator: str, operand: Operand) -> str:
    """What is wrong with this comparison, whatever the record; empty where nothing is."""
    if operand.is_null:
        return "" if operator in ("=", "!=") else f"null stands in no order: `{field} = null` or `{field} != null`"
    if field == "value":
        return "`value` itself is only compared with null (a tombstone); name a field of it: `value.<field>`"
    if operator in ("~", "!~"):
        return ""
    if field in NUMBERS and operand.number is None:
        return f"`{field}` is a number, `{operand.text}` is none"
    if field in MOMENTS and operand.moment is None:
        return f"`{field}` is a time, `{operand.text}` is none: write 2026-12-01 or 2026-12-01T09:30+09:00"
    return ""
