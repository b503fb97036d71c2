"""One named value of a workflow: its kind, its bounds, and the inputs it goes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "model", "int", "float"]
Value = str | int | float
_TYPES: Mapping[str, tuple[type, ...]] = {"text": (str,), "model": (str,), "int": (int,), "float": (int, float)}


class TemplateError(ValueError):
    """A template, or a preset that uses it, does not fit together. Says which, where and what."""


@dataclass(frozen=True, slots=True)
class Target:
    """An input of a node. `times` and `modulo` are for inputs that count differently from what the value means."""

    node: str
    input: str
    times: float | None = None
    modulo: int | None = None

    @classmethod
    def from_json(cls, field: str | Mapping[str, Any]) -> Target:
        fields = {"to": field} if isinstance(field, str) else dict(field)
        node, _, name = str(fields.pop("to")).partition(".")
        return cls(node, name, **fields)

    def value(self, value: Value) -> Value:
        if isinstance(value, str):
            return value
        scaled = value if self.times is None else type(value)(value * self.times)
        return scaled if self.modulo is None else scaled % self.modulo


@dataclass(frozen=True, slots=True)
class Binding:
    name: str
    kind: Kind
    targets: tuple[Target, ...]
    least: float | None = None
    most: float | None = None
    multiple_of: int | None = None

    @classmethod
    def from_json(cls, name: str, schema: Mapping[str, Any], targets: Any) -> Binding:
        return cls(
            name,
            schema["type"],
            tuple(Target.from_json(each) for each in targets),
            schema.get("min"),
            schema.get("max"),
            schema.get("multiple_of"),
        )

    def check(self, value: Value) -> None:
        """Raises TemplateError where the value may not stand here."""
        for wrong in self._wrong(value):
            raise TemplateError(f"{self.name} = {value!r}: {wrong}")

    def _wrong(self, value: Value) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, _TYPES[self.kind]):
            yield f"must be {self.kind}"
        elif not isinstance(value, str):
            if self.least is not None and not value >= self.least:
                yield f"must be at least {self.least}"
            if self.most is not None and not value <= self.most:
                yield f"must be at most {self.most}"
            if self.multiple_of is not None and value % self.multiple_of:
                yield f"must be a multiple of {self.multiple_of}"
