"""Events: typed classes held to the Avro schemas in `schemas/avro`, framing, headers and the schema registry."""

from herofactory.platform.events import item as item
from herofactory.platform.events import quality as quality
from herofactory.platform.events import replay as replay
from herofactory.platform.events import search as search
from herofactory.platform.events import studio as studio
from herofactory.platform.events.base import EVENTS, Event, event
from herofactory.platform.events.codec import CodecError, EventCodec
from herofactory.platform.events.headers import Headers

__all__ = ["EVENTS", "CodecError", "Event", "EventCodec", "Headers", "event"]
