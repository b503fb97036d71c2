"""The event log on Apache Kafka."""

from __future__ import annotations

from herofactory.platform.eventlog.kafka.log import KafkaLog

__all__ = ["KafkaLog"]
