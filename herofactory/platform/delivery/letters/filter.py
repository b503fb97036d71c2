"""Which dead letters are meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from herofactory.platform.delivery.dead_letter import DeadClass

State = Literal["open", "redriven", "dropped"]
_NAME = re.compile(r"([^:\0]*):([^:\0]*):([0-9]{1,10}):([0-9]{1,19})")
FIRST_GENERATION = ".g1"
Name = tuple[str, str, int, int]
"""Agent, topic, partition, offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilter:
    """All that is given has to hold. Without anything: all letters."""

    agent: str | None = None
    """A name: all its generations. A label: that one; `NAME.g1` is the first, whose label is the name alone."""
    kind: DeadClass | None = None
    cause: str | None = None
    key: str | None = None
    since: datetime | None = None
    """From then on (inclusive), by when they failed last."""
    until: datetime | None = None
    """Before then."""
    state: State | None = None
    names: Sequence[str] = ()
    """AGENT:TOPIC:PARTITION:OFFSET, any of these; AGENT is a label."""

    @property
    def is_everything(self) -> bool:
        given = (self.agent, self.kind, self.cause, self.key, self.since, self.until)
        return not self.names and all(each is None for each in given)

    def where(self) -> tuple[str, list[Any]]:
        """A condition in SQL, and its parameters. Raises ValueError for what is no name."""
        conditions, parameters = ["true"], list[Any]()
        for column, value in (
            _of_agent(self.agent),
            ("class = %s", self.kind),
            ("cause = %s", self.cause),
            ("key = %s", None if self.key is None else self.key.encode()),
            ("at >= %s", self.since),
            ("at < %s", self.until),
            ("state = %s", self.state),
        ):
            if isinstance(value, str) and "\0" in value:
                conditions.append("false")  # a byte that no text in the database has, nor may be asked for
            elif value is not None:
                conditions.append(column)
                parameters.append(value)
        if self.names:
            conditions.append(
                '(agent, topic, partition, "offset") IN'
                " (SELECT * FROM unnest(%s::text[], %s::text[], %s::int[], %s::bigint[]))"
            )
            parameters += map(list, zip(*map(parse_name, self.names), strict=True))
        return " AND ".join(conditions), parameters


def _of_agent(agent: str | None) -> tuple[str, str | None]:
    if agent is None or "." in agent:
        return "agent = %s", agent and agent.removesuffix(FIRST_GENERATION)
    return "split_part(agent, '.', 1) = %s", agent


def parse_name(name: str) -> Name:
    """Raises ValueError."""
    found = _NAME.fullmatch(name)
    if not found or int(found[3]) >= 1 << 31 or int(found[4]) >= 1 << 63:
        raise ValueError(f"{name!r} names no dead letter: AGENT:TOPIC:PARTITION:OFFSET, as `hero dlq list` shows it")
    return found[1], found[2], int(found[3]), int(found[4])
