"""How far readers are behind."""

from __future__ import annotations

from collections.abc import Mapping

from herofactory.platform.eventlog.port import EventLog


def lags(log: EventLog) -> dict[str, int]:
    """Per group the records it has not dealt with, over the topics that it has ever committed something of."""
    ends = {topic: {partition: held.end for partition, held in log.offsets(topic).items()} for topic in log.topics()}
    return {group: sum(_lag(log, group, topic, ends[topic]) for topic in ends) for group in log.groups()}


def _lag(log: EventLog, group: str, topic: str, ends: Mapping[int, int]) -> int:
    committed = log.committed(group, topic)
    if not committed:
        return 0
    earliest = {partition: held.earliest for partition, held in log.offsets(topic).items()}
    return sum(max(0, end - max(committed.get(at, 0), earliest[at])) for at, end in ends.items())
