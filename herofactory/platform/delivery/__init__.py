"""Delivery of records to agents: decoding, retries, dead letters, limits. What it promises: docs/adr/0004."""

from herofactory.platform.delivery.agent import Agent, BatchHandler, Handler, Outcome
from herofactory.platform.delivery.dead_letter import DeadLetter
from herofactory.platform.delivery.dead_letters import list_dead_letters
from herofactory.platform.delivery.delivery import Delivery, derive
from herofactory.platform.delivery.errors import Fatal, Outage, Poison, Undecodable, classify
from herofactory.platform.delivery.limit import DlqLimit
from herofactory.platform.delivery.parked import MemoryParkedKeys, ParkedKeys
from herofactory.platform.delivery.processor import ChunkProcessor
from herofactory.platform.delivery.publisher import LogPublisher, Publisher
from herofactory.platform.delivery.retry import RetryPolicy
from herofactory.platform.delivery.status import AgentStatus
from herofactory.platform.delivery.values import TopicValues, Values

__all__ = [
    "Agent",
    "AgentStatus",
    "BatchHandler",
    "ChunkProcessor",
    "DeadLetter",
    "Delivery",
    "DlqLimit",
    "Fatal",
    "Handler",
    "LogPublisher",
    "MemoryParkedKeys",
    "Outage",
    "Outcome",
    "ParkedKeys",
    "Poison",
    "Publisher",
    "RetryPolicy",
    "TopicValues",
    "Undecodable",
    "Values",
    "classify",
    "derive",
    "list_dead_letters",
]
