"""A Dockerfile's instructions, by stage."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from tests.docker.composed import ROOT

DOCKERFILES = sorted((ROOT / "docker").rglob("Dockerfile"))


@dataclass(slots=True)
class Stage:
    image: str
    name: str | None
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def of(self, instruction: str) -> list[str]:
        return [rest for name, rest in self.instructions if name == instruction]

    def copied(self) -> list[str]:
        """What COPY takes from the build context."""
        words = [shlex.split(rest) for rest in self.of("COPY")]
        kept = [[word for word in each if not word.startswith("--")] for each in words if not _from_stage(each)]
        return [source for each in kept for source in each[:-1]]


def stages(file: Path) -> list[Stage]:
    text = "".join(line for line in file.read_text(encoding="utf-8").splitlines(True) if not line.startswith("#"))
    found: list[Stage] = []
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if not line.strip():
            continue
        name, _, rest = line.partition(" ")
        if name == "FROM":
            image, _, alias = rest.partition(" AS ")
            found.append(Stage(image, alias or None))
        else:
            found[-1].instructions.append((name, rest.strip()))
    return found


def _from_stage(words: list[str]) -> bool:
    return any(word.startswith("--from=") for word in words)
