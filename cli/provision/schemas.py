"""Every event's schema, registered."""

from __future__ import annotations

from collections.abc import Sequence

from herofactory.platform.events import EventCodec
from herofactory.platform.events.base import EVENTS
from herofactory.platform.events.codec import subject_of
from herofactory.platform.events.registry import SchemaRegistry, UnknownSchema
from herofactory.platform.events.schema import schema_text


class Schemas:
    name = "schemas"

    def __init__(self, registry: SchemaRegistry) -> None:
        self._registry = registry

    def changes(self) -> Sequence[str]:
        return [f"{subject_of(topic)}: register" for topic in sorted(EVENTS) if not self._knows(topic)]

    def apply(self) -> None:
        """Raises IncompatibleSchema."""
        EventCodec(self._registry).register_all()

    def _knows(self, topic: str) -> bool:
        try:
            self._registry.id_of(subject_of(topic), schema_text(topic))
        except UnknownSchema:
            return False
        return True
