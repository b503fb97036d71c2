"""What an agent is doing, for health, metrics and `hero status`. Health is observed progress, not a pulse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from herofactory.platform.clock import Clock
from herofactory.platform.telemetry.logging import get_logger
from herofactory.platform.telemetry.metrics import Metrics

State = Literal["running", "paused", "halted"]
_STATE_VALUES: dict[State, float] = {"running": 0, "paused": 1, "halted": 2}


@dataclass(frozen=True, slots=True)
class AgentStatus:
    agent: str
    state: State
    """paused: a dependency has been down for a while; retrying. halted: a limit or a fatal error; probing."""
    since: datetime
    """When the state began; for `paused`, when the outage did."""
    cause: str | None
    records: int
    """Records with their final fate stored, dead letters included, since this process started."""
    outputs: int
    dead_letters: int
    in_flight: int
    """Records taken and not yet stored."""
    last_progress: datetime | None
    """When a chunk was last stored; compare it with the lag before calling an agent stuck."""
    missed: int = 0
    """Records that retention took before this agent read them, as far as this process came upon them."""


@dataclass(slots=True)
class _Outage:
    """One outage as one retrying caller sees it."""

    cause: str
    since: datetime
    began: float
    """Clock.monotonic()"""


class StatusBoard:
    """Where the parts of one agent's delivery write down what happens."""

    def __init__(self, agent: str, clock: Clock, metrics: Metrics, pause_after_s: float) -> None:
        self._agent = agent
        self._clock = clock
        self._metrics = metrics
        self._pause_after_s = pause_after_s
        self._log = get_logger("delivery").bind(agent=agent)
        self._state: tuple[State, datetime, str | None] = ("running", clock.now(), None)
        self._halt: tuple[datetime, str] | None = None
        self._outages: dict[int, _Outage] = {}
        self._records = self._outputs = self._dead = self._in_flight = self._missed = 0
        self._progress: datetime | None = None
        metrics.gauge("hero_agent_state", 0, agent=agent)

    def status(self) -> AgentStatus:
        state, since, cause = self._settle()
        return AgentStatus(
            agent=self._agent,
            state=state,
            since=since,
            cause=cause,
            records=self._records,
            outputs=self._outputs,
            dead_letters=self._dead,
            in_flight=self._in_flight,
            last_progress=self._progress,
            missed=self._missed,
        )

    @contextmanager
    def in_flight(self, records: int) -> Iterator[None]:
        self._fly(records)
        try:
            yield
        finally:
            self._fly(-records)

    def stored(self, *, done: int, dead: int, outputs: int) -> None:
        self._records += done + dead
        self._dead += dead
        self._outputs += outputs
        self._progress = self._clock.now()

    def missed(self, topic: str, partition: int, start: int, end: int) -> None:
        """Retention took what lay between these offsets, `end` excluded."""
        self._missed += end - start
        self._metrics.count("hero_agent_missed_total", end - start, agent=self._agent, topic=topic)
        place = {"topic": topic, "partition": partition, "from": start, "to": end}
        self._log.error("retention took records before they were read", **place, records=end - start)

    def outage(self, caller: int, cause: str) -> None:
        """`caller` failed again; the first call for it starts the outage."""
        if caller not in self._outages:
            self._outages[caller] = _Outage(cause, self._clock.now(), self._clock.monotonic())
        self._outages[caller].cause = cause
        self._settle()

    def recovered(self, caller: int) -> None:
        if self._outages.pop(caller, None):
            self._settle()

    def halt(self, cause: str) -> None:
        since = self._halt[0] if self._halt else self._clock.now()
        self._halt = (since, cause)
        self._settle()

    def resume(self) -> None:
        self._halt = None
        self._settle()

    def _fly(self, records: int) -> None:
        self._in_flight += records
        self._metrics.gauge("hero_agent_in_flight", self._in_flight, agent=self._agent)

    def _settle(self) -> tuple[State, datetime, str | None]:
        """Bring the state up to date; tell log and metrics when it changed."""
        now = self._current()
        if now[0] != self._state[0]:
            self._metrics.gauge("hero_agent_state", _STATE_VALUES[now[0]], agent=self._agent)
            self._log.log(20 if now[0] == "running" else 40, f"agent {now[0]}", cause=now[2] or self._state[2])
        elif now[0] == "running":
            return self._state
        self._state = now
        return now

    def _current(self) -> tuple[State, datetime, str | None]:
        if self._halt:
            return ("halted", *self._halt)
        oldest = next(iter(self._outages.values()), None)
        if oldest and self._clock.monotonic() - oldest.began >= self._pause_after_s:
            return ("paused", oldest.since, oldest.cause)
        return ("running", self._clock.now(), None)
