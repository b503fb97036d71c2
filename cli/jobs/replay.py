"""One step of a replay that was asked for over the API, in a process of its own behind the live ones."""

from __future__ import annotations

import asyncio
from typing import get_args
from uuid import UUID

from cli.configure import load_settings
from cli.errors import FAILED
from cli.explain import explain, reported
from cli.replays import Steps, open_steps
from herofactory.platform.delivery.errors import classify
from herofactory.platform.replay.lock import ReplayBusy
from herofactory.platform.replay.replay import Replay, Step
from herofactory.platform.replay.target import ReplayRefused
from herofactory.platform.settings import Settings
from herofactory.platform.telemetry.logging import configure_logging, get_logger
from streams.replay.process import step_back, stop_on_signals
from streams.replay.progress import Progress


def replay(step: str, replay_id: str) -> int:
    step_back()
    return reported(lambda: _replay(step, UUID(replay_id)))


def _replay(step: str, replay_id: UUID) -> int:
    settings = load_settings()
    configure_logging("replay", level=settings.log_level)
    if step not in get_args(Step):
        raise ValueError(f"{step!r} is no step of a replay")
    return asyncio.run(_take(settings, step, replay_id))  # type: ignore[arg-type]  # it is one


async def _take(settings: Settings, step: Step, replay_id: UUID) -> int:
    async with open_steps(settings) as steps:
        return await take(steps, step, replay_id)


async def take(steps: Steps, step: Step, replay_id: UUID) -> int:
    """0 where it is written down what became of the step; otherwise it is still wanted, and to be tried again."""
    logger = get_logger(__name__).bind(replay=str(replay_id), step=step)
    try:
        if (await steps.get(replay_id)).wanted != step:
            return 0  # another worker's process was faster
        after = await _step(steps, step, replay_id)
    except Exception as error:
        if isinstance(error, ReplayBusy) or classify(error) == "outage":
            logger.warning("a step of a replay cannot be taken now", cause=explain(error))
            return FAILED
        logger.exception("a step of a replay failed", exc_info=not isinstance(error, ReplayRefused))
        async with steps.database.transaction() as transaction:
            await steps.replays.gave_up(transaction, replay_id, step, explain(error))
        return 0
    logger.info("a step of a replay was taken", state=after.state, cause=after.cause)
    return 0


async def _step(steps: Steps, step: Step, replay_id: UUID) -> Replay:
    match step:
        case "plan":
            return await steps.plan(replay_id)
        case "run":
            return await _run(steps, replay_id)
        case "stop":
            return await steps.stop(replay_id)
        case "verify":
            return (await steps.verify(replay_id))[0]
        case "swap":
            return await steps.swap(replay_id, force=(await steps.get(replay_id)).forced)
        case "rollback":
            return await steps.rollback(replay_id)
        case "clean":
            return await steps.clean(replay_id)


async def _run(steps: Steps, replay_id: UUID) -> Replay:
    def tell(_: Progress) -> None:
        """It is in the database."""

    stop = asyncio.Event()
    with stop_on_signals(stop):
        return await steps.run(replay_id, stop, tell, get_logger(__name__).info)
