"""One entry of /history: the truth about a job that has ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Output:
    """A file the server has, as it names it."""

    filename: str
    subfolder: str
    type: str


@dataclass(frozen=True, slots=True)
class Entry:
    outputs: Mapping[str, tuple[Output, ...]] = field(default_factory=dict)
    """By the node that saved them."""
    failed: bool = False
    interrupted: bool = False
    error: Mapping[str, Any] = field(default_factory=dict)
    """Data of `execution_error`, as the server sent it: with dumps and paths. See faults.py."""

    @classmethod
    def parse(cls, reply: Any, prompt_id: str) -> Entry | None:
        """None: nothing is known of it, which unknown, waiting, running and deleted ids all look like."""
        found = reply.get(prompt_id) if isinstance(reply, dict) else None
        if not isinstance(found, dict) or not found:
            return None
        status = found.get("status")
        status = status if isinstance(status, dict) else {}
        messages = dict(_messages(status.get("messages")))
        # Versions before `status` was kept have no failures in the history: outputs are all they say.
        return cls(
            outputs=dict(_outputs(found.get("outputs"))),
            failed=status.get("status_str") == "error",
            interrupted="execution_interrupted" in messages,
            error=messages.get("execution_error", {}),
        )


def _messages(messages: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, list) and len(message) == 2 and isinstance(message[1], dict):
            yield str(message[0]), message[1]


def _outputs(outputs: Any) -> Iterator[tuple[str, tuple[Output, ...]]]:
    for node, made in (outputs if isinstance(outputs, dict) else {}).items():
        images = made.get("images") if isinstance(made, dict) else None
        yield str(node), tuple(map(_output, _dicts(images)))


def _output(image: Mapping[str, Any]) -> Output:
    return Output(str(image.get("filename", "")), str(image.get("subfolder", "")), str(image.get("type", "output")))


def _dicts(items: Any) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in items if isinstance(each, dict)) if isinstance(items, list) else ()
