"""What processes with agents have in common: they wait for the log, and tell of their agents."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from typing import Any

from herofactory.platform.adapters import open_log
from herofactory.platform.eventlog.port import LogUnavailable
from herofactory.platform.settings import Settings
from herofactory.platform.waiting import Waiting
from streams.runtime import AgentHealth


async def log_answers(settings: Settings, topics: Collection[str], waiting: Waiting) -> None:
    """Every partition, since those of a broker that has just started come one by one.

    Faust takes a log that is away at the start for a crash.
    """
    if settings.stack == "kafka":
        with closing(open_log(settings)) as log:

            def ask() -> None:
                for topic in sorted(topics):
                    log.offsets(topic)

            what = f"Kafka at {settings.kafka_bootstrap}"
            await waiting.until(what, lambda: asyncio.to_thread(ask), (LogUnavailable,))


def report(
    health: Sequence[AgentHealth], waiting: Sequence[str] = (), joining: Collection[str] = ()
) -> tuple[str, Mapping[str, Any]]:
    """What is waited for, or the worst state of any agent; and what each has done.

    `joining`: labels of agents that came later and have not begun yet, which makes the others no less ready.
    """
    states = {agent.status.state for agent in health}
    state = next((worst for worst in ("halted", "paused") if worst in states), "running")
    if not all(agent.ready for agent in health if agent.status.agent not in joining):
        state = "starting" if state == "running" else state
    return "; ".join(waiting) or state, {"agents": {agent.status.agent: _detail(agent) for agent in health}}


def _detail(agent: AgentHealth) -> dict[str, Any]:
    status = agent.status
    return {
        "state": status.state,
        "cause": status.cause,
        "since": status.since.isoformat(),
        "records": status.records,
        "dead_letters": status.dead_letters,
        "missed": status.missed,
        "in_flight": status.in_flight,
        "last_progress": status.last_progress.isoformat() if status.last_progress else None,
        "ready": agent.ready,
    }
