"""What the commands about dead letters do: the log and the database of what runs, letters page by page."""

from __future__ import annotations

import asyncio
import getpass
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from cli.compose import codec_of, dsn_of, values_of
from cli.errors import CliError
from cli.records import decoded
from cli.running import existing_log, require_running
from herofactory.platform.clock import moment_of
from herofactory.platform.delivery.dead_letter import DEAD_PREFIX
from herofactory.platform.delivery.letters import (
    Letter,
    LetterFilter,
    Redriver,
    Redrove,
    agents_known,
    catch_up,
    dropped,
    get,
    numbers,
    page,
)
from herofactory.platform.delivery.letters.filter import FIRST_GENERATION
from herofactory.platform.delivery.letters.held import read_held
from herofactory.platform.delivery.origin import agent_of
from herofactory.platform.eventlog.port import EventLog
from herofactory.platform.postgres.database import Connection, Database
from herofactory.platform.replay import generations
from herofactory.platform.settings import Settings
from streams.replay.registry import labels_of

PAGE = 500
"""Letters in memory at once."""
_AGO = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class DeadLetters:
    def __init__(self, settings: Settings, log: EventLog, database: Database) -> None:
        self._settings = settings
        self._log = log
        self._database = database

    async def list(self, wanted: LetterFilter, most: int | None) -> AsyncIterator[Letter]:
        """Raises CliError for an agent without dead letters of its own."""
        await self._check(wanted.agent)
        await catch_up(self._log, self._database)
        after, left = 0, most
        while left is None or left > 0:
            limit = PAGE if left is None else min(PAGE, left)
            async with self._database.connection() as connection:
                letters = await page(connection, wanted, after=after, limit=limit)
            for letter in letters:
                yield letter
            if len(letters) < limit:
                return
            after, left = letters[-1].id, None if left is None else left - len(letters)

    async def count(self, wanted: LetterFilter) -> int:
        async with self._database.connection() as connection:
            return sum((await numbers(connection, wanted)).values())

    async def whole(self, name: str) -> dict[str, Any]:
        """All that is known of one: also its headers, and its value decoded. Raises CliError."""
        await catch_up(self._log, self._database)
        async with self._database.connection() as connection:
            letter = await _found(connection, name)
        return {**plain(letter), **await asyncio.to_thread(self._content, letter)}

    def _content(self, letter: Letter) -> dict[str, Any]:
        dead = next((dead for _, dead in read_held(self._log, [letter])), None)
        if dead is None:
            return {"headers": None, "value": None, "undecodable": "retention took its record"}
        value, problem = decoded(dead.topic, dead.value, values_of(codec_of(self._settings, self._log)))
        headers = {name: text.decode(errors="replace") for name, text in dead.headers.items()}
        return {"headers": headers, "value": value, **({"undecodable": problem} if problem else {})}

    async def redrive(self, wanted: LetterFilter, most: int | None, *, force: bool) -> Redrove:
        await self._check_all(wanted)
        return await Redriver(self._log, self._database, by=_who(), force=force).redrive(wanted, most=most)

    async def drop(self, wanted: LetterFilter, reason: str) -> int:
        await self._check_all(wanted)
        return await dropped(self._database, wanted, reason=reason, by=_who())

    async def _check_all(self, wanted: LetterFilter) -> None:
        """A name that is mistyped must not look like one whose work is done."""
        await self._check(wanted.agent)
        await catch_up(self._log, self._database)
        async with self._database.connection() as connection:
            for name in wanted.names:
                await _found(connection, name)

    async def _check(self, agent: str | None) -> None:
        if agent is not None and agent.removesuffix(FIRST_GENERATION) not in (known := await self._agents()):
            raise CliError(f"there is no agent {agent!r} with dead letters; there are: {', '.join(known) or 'none'}")

    async def _agents(self) -> Sequence[str]:
        """All that can have any: also those of generations beside the first."""
        topics = await asyncio.to_thread(self._log.topics)
        names = {name.removeprefix(DEAD_PREFIX) for name in topics if name.startswith(DEAD_PREFIX)}
        async with self._database.connection() as connection:
            made = [labels_of(each.target, each.number) for each in await generations.of(connection)]
            found = {*names, *chain.from_iterable(made), *await agents_known(connection)}
        return sorted(label for label in found if agent_of(label) in names)


async def _found(connection: Connection, name: str) -> Letter:
    """Raises CliError."""
    try:
        return await get(connection, name)
    except (LookupError, ValueError) as error:
        raise CliError(str(error.args[0])) from error


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[DeadLetters]:
    """Raises CliError and NotRunning."""
    with closing(await asyncio.to_thread(existing_log, settings)) as log:
        require_running(settings)
        async with Database(dsn_of(settings), size=2, name="hero-dlq") as database:
            yield DeadLetters(settings, log, database)


def plain(letter: Letter) -> dict[str, Any]:
    """JSON."""
    return {
        "id": letter.name,
        "agent": letter.agent,
        "class": letter.kind,
        "cause": letter.cause,
        "message": letter.message,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "attempts": letter.attempts,
        "state": letter.state,
        "redriven": letter.redriven,
        "first_at": letter.first_at.isoformat(),
        "at": letter.at.isoformat(),
        "key": None if letter.key is None else letter.key.decode(errors="replace"),
        "event_id": letter.event_id,
        "reason": letter.reason,
        "decided_by": letter.decided_by,
        "decided_at": letter.decided_at and letter.decided_at.isoformat(),
    }


def moment(text: str | None) -> datetime | None:
    """A time, UTC unless it names its zone, or how long ago: `90m`, `2h`, `3d`. Raises ValueError."""
    if text is None:
        return None
    if ago := _AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        return moment_of(text)
    except ValueError as error:
        what = "write a time like 2026-01-31T09:30Z, or how long ago: 90m, 2h, 3d"
        raise ValueError(f"{text!r} is no time: {what}") from error


def narrowed(wanted: LetterFilter, *, everything: bool) -> LetterFilter:
    """Refuses to decide on all letters unless that is said. Raises CliError."""
    if wanted.is_everything and not everything:
        raise CliError("which letters? Name an agent, --id, --class, --cause, --key, --since or --until, or say --all")
    return replace(wanted, state=None)


def _who() -> str:
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container whose user has no name
        return "cli"
