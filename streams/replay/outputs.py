"""Where the agents of a replay write to."""

from __future__ import annotations

from collections.abc import Sequence

from herofactory.platform.delivery.dead_letter import DEAD_PREFIX
from herofactory.platform.delivery.errors import Fatal
from herofactory.platform.delivery.publisher import LogPublisher, Publisher
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.records import Outgoing


class DeadLettersOnly:
    """The default: what a record causes was published when it was new, and its readers would take it for news."""

    def __init__(self, log: EventLog) -> None:
        self._log: Publisher = LogPublisher(log)

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Raises Fatal for anything but a dead letter."""
        for message in messages:
            if not message.topic.startswith(DEAD_PREFIX):
                raise Fatal(
                    f"a replay writes to topic {message.topic}, and the generation it fills is not in use: its readers "
                    "would take that for news. The target has to keep such outputs back"
                )
        await self._log.publish(messages)
