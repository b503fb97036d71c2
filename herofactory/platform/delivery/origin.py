"""Where a dead letter comes from and what it has been through: the headers that lead a redrive back to its original."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

PREFIX = "dead-"
"""Of the headers that are ours; all others are the original's."""


@dataclass(frozen=True, slots=True)
class Origin:
    agent: str
    topic: str
    partition: int
    offset: int
    timestamp: float
    """Seconds since the epoch when the log took the original."""
    attempts: int
    """By now, those of all redrives together."""
    redriven: int
    """How often it was given back to its agent."""
    ordered: bool
    """Whether the agent keeps its key's later events waiting behind it."""
    label: str = ""
    """Of the agent's generation that set it aside, and alone gets it back; "" of versions that did not tell them apart:
    all of them get it."""

    def texts(self) -> dict[str, str]:
        """By header, without the prefix."""
        return {
            "agent": self.agent,
            "topic": self.topic,
            "partition": str(self.partition),
            "offset": str(self.offset),
            "timestamp": repr(self.timestamp),
            "attempts": str(self.attempts),
            "redriven": str(self.redriven),
            **({"ordered": "1"} if self.ordered else {}),
            **({"label": self.label} if self.label else {}),
        }

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> Self:
        """Raises KeyError and ValueError for what no agent wrote. Before there were redrives, letters named neither
        how many, nor when the log took the original: the time they were set aside is near enough."""
        return cls(
            agent=texts["agent"],
            topic=_word(texts["topic"]),
            partition=_number(texts["partition"], bits=31),
            offset=_number(texts["offset"], bits=63),
            timestamp=float(texts["timestamp"]) if "timestamp" in texts else _moment(texts["at"]),
            attempts=_number(texts["attempts"], bits=31),
            redriven=_number(texts.get("redriven", "0"), bits=31),
            ordered=texts.get("ordered") == "1",
            label=_label(texts),
        )


def agent_of(label: str) -> str:
    """The name of the agent, which is in the names of its topics; a label has its generation behind it."""
    return label.partition(".")[0]


def _label(texts: Mapping[str, str]) -> str:
    label = _word(texts.get("label", ""))
    if label and agent_of(label) != texts["agent"]:
        raise ValueError(f"{label!r} is no generation of agent {texts['agent']!r}")
    return label


def _word(text: str) -> str:
    if "\0" in text:
        raise ValueError("a zero byte, which no name has and no database takes")
    return text


def _number(text: str, *, bits: int) -> int:
    found = int(text)
    if not 0 <= found < 1 << bits:
        raise ValueError(f"{text} is no number of an agent's: 0 to 2^{bits}")
    return found


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def ours(headers: Mapping[str, bytes]) -> dict[str, str]:
    """What we added, as texts by header without the prefix."""
    return {
        name.removeprefix(PREFIX): value.decode(errors="replace")
        for name, value in headers.items()
        if name.startswith(PREFIX)
    }


def theirs(headers: Mapping[str, bytes]) -> dict[str, bytes]:
    """The original's headers."""
    return {name: value for name, value in headers.items() if not name.startswith(PREFIX)}


def written(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {PREFIX + name: text.encode() for name, text in texts.items()}
