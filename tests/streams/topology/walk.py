"""Histories that a seed decides. Hypothesis takes longer to choose a case than the case takes; these are chosen at
once, and there are many. They take the steps of the machine, with the same arguments, and what fails is shortened.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.streams.topology.machine import ARGUMENTS, CHUNKS, MOST_ITEMS, TopologyMachine

MOST_STEPS = 40
STEPS = {
    rule.function.__name__: [name for name in inspect.signature(rule.function).parameters if name != "self"]
    for rule in TopologyMachine().rules
}
"""The names of their arguments."""


@dataclass(frozen=True)
class Step:
    name: str
    which: int
    """Of the items that there are then."""
    arguments: dict[str, Any]

    @classmethod
    def by(cls, random: Random, name: str) -> Step:
        arguments = {each: random.choice(ARGUMENTS[each]) for each in STEPS[name] if each != "item"}
        return cls(name, random.randrange(MOST_ITEMS), arguments)

    def take(self, machine: TopologyMachine) -> None:
        """Nothing, where it cannot be taken."""
        items, arguments = list(machine.wanted), dict(self.arguments)
        if self.name == "create" and len(items) == MOST_ITEMS:
            return
        if "item" in STEPS[self.name]:
            if not items:
                return
            arguments["item"] = items[self.which % len(items)]
        getattr(machine, self.name)(**arguments)

    def __str__(self) -> str:
        item = [f"item {self.which}"] if "item" in STEPS[self.name] else []
        return f"{self.name}({', '.join(item + [f'{name}={value!r}' for name, value in self.arguments.items()])})"


@dataclass(frozen=True)
class Walk:
    chunk: int
    begin: Step
    steps: Sequence[Step]

    @classmethod
    def of(cls, seed: int) -> Walk:
        random = Random(seed)
        # Few kinds of steps in some walks: what is rare in the others comes thick there.
        names = random.sample(sorted(STEPS), random.randint(3, len(STEPS)))
        chosen = random.choices(names, k=random.randint(5, MOST_STEPS))
        return cls(random.choice(CHUNKS), Step.by(random, "create"), [Step.by(random, name) for name in chosen])

    def go(self) -> None:
        """Raises AssertionError where a promise is broken."""
        machine = TopologyMachine()
        try:
            machine.start(self.chunk, **self.begin.arguments)
            machine.check()
            for step in self.steps:
                step.take(machine)
                machine.check()
            machine.finish()
        finally:
            machine.topology.close()

    def failure(self) -> Exception | None:
        try:
            self.go()
        except Exception as error:  # noqa: BLE001 (a fault of the product's own is one)
            return error
        return None

    def shortened(self) -> Walk:
        """Without the steps that its failure does not need."""
        walk = self
        for index in reversed(range(len(self.steps))):
            shorter = replace(walk, steps=[*walk.steps[:index], *walk.steps[index + 1 :]])
            if shorter.failure():
                walk = shorter
        return walk

    def __str__(self) -> str:
        return "\n".join([f"chunks of {self.chunk}", str(self.begin), *map(str, self.steps)])
