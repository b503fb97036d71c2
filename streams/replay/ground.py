"""What a target stands on, as the composition root has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from herofactory.platform.clock import Clock
from herofactory.platform.delivery.agent import Agent
from herofactory.platform.delivery.values import Values
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.events import EventCodec
from herofactory.platform.postgres.database import Database
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    settings: Settings
    database: Database
    log: EventLog
    codec: EventCodec
    values: Values
    clock: Clock
    metrics: Metrics
    agents: Mapping[str, Callable[[], Agent]] = field(default_factory=dict)
    """How the worker makes each of its agents, by name: for `agent:<name>`."""
