"""Which simulations were published from a data folder: the same seed gives the same events only over the same time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from cli.errors import CliError
from herofactory.insights.simulation.vocabulary import SimulatedItem


@dataclass(frozen=True, slots=True)
class Simulation:
    seed: int
    start: str
    """ISO 8601."""
    days: float
    visits: int
    people: int
    catalogue: str
    """Digest of the items that were searched for."""

    @property
    def starts_at(self) -> datetime:
        return datetime.fromisoformat(self.start)


class Simulations:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "simulations.json"

    def all(self) -> list[Simulation]:
        if not self._file.exists():
            return []
        return [Simulation(**each) for each in json.loads(self._file.read_text(encoding="utf-8"))]

    def repeated(self, wanted: Simulation) -> Simulation:
        """The one of this seed that was published before, else `wanted`, noted down. Raises CliError."""
        for known in self.all():
            if known.seed == wanted.seed:
                _check(known, wanted)
                return known
        self._write([*self.all(), wanted])
        return wanted

    def forget(self) -> None:
        self._file.unlink(missing_ok=True)

    def _write(self, simulations: list[Simulation]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps([asdict(each) for each in simulations], indent=2)
        draft = self._file.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._file)


def _check(known: Simulation, wanted: Simulation) -> None:
    instead = "choose another --seed, or `hero simulate --forget` first"
    if (known.days, known.visits, known.people) != (wanted.days, wanted.visits, wanted.people):
        raise CliError(
            f"seed {known.seed} was simulated with --days {known.days:g} --visits {known.visits} --people "
            f"{known.people}: repeat it with the same numbers, {instead}"
        )
    if known.catalogue != wanted.catalogue:
        raise CliError(
            f"the catalogue has changed since seed {known.seed} was simulated, so that the same events cannot be made "
            f"again: {instead}"
        )


def digest(items: Iterable[SimulatedItem]) -> str:
    parts = hashlib.blake2b(digest_size=16)
    for item in items:
        parts.update(json.dumps([item.id, item.name, item.tags]).encode())
    return parts.hexdigest()
