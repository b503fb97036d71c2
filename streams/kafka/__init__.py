"""Faust on Apache Kafka: `broker="hero-kafka:///?servers=host:9092"`, which Faust finds by its entry point."""

from __future__ import annotations

from streams.kafka.transport import Transport, broker_url

__all__ = ["Transport", "broker_url"]
