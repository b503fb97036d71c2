"""BACKWARD compatibility: the new schema can read what was written under the old one."""

from __future__ import annotations

from collections.abc import Sequence


class IncompatibleSchema(ValueError):
    """A new schema could not read records already written."""


def check_backward(subject: str, new: str, old: Sequence[str]) -> None:
    """Raise IncompatibleSchema naming what `new` cannot read of any schema in `old` (JSON texts)."""
    from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
    from avro.schema import parse

    reader = parse(new)
    for text in old:
        result = ReaderWriterCompatibilityChecker().get_compatibility(reader, parse(text))
        if result.compatibility is not SchemaCompatibilityType.compatible:
            where = ", ".join(sorted(result.locations)) or "/"
            raise IncompatibleSchema(
                f"the new schema of {subject} cannot read records already written: "
                f"{'; '.join(sorted(result.messages))} (at {where}). New fields need a default."
            )
