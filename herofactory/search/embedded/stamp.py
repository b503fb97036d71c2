from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from herofactory.search.analysis.analyzer import ANALYSIS_VERSION
from herofactory.search.analysis.dictionary import dictionary_fingerprint
from herofactory.search.analysis.user_dictionary import rules_text
from herofactory.search.embedded.schema import SCHEMA_VERSION
from herofactory.search.errors import StampMismatch

_FILE = "stamp.json"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Everything an index's terms depend on. Synonyms are not in it: they apply to queries alone."""

    schema: str
    analysis: str
    dictionary: str
    user_dictionary: str
    engine: str

    def write(self, generation: Path) -> None:
        (generation / _FILE).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    def check(self, generation: Path) -> None:
        """Raises StampMismatch unless `generation` was built with this very stamp."""
        theirs = _read(generation)
        ours = {name: str(value) for name, value in asdict(self).items()}
        names = sorted(ours.keys() | theirs.keys())
        differing = {
            name: (theirs.get(name, "nothing"), ours.get(name, "nothing"))
            for name in names
            if theirs.get(name) != ours.get(name)
        }
        if differing:
            raise StampMismatch(generation.name, differing)


@cache
def current_stamp() -> Stamp:
    return Stamp(
        schema=str(SCHEMA_VERSION),
        analysis=str(ANALYSIS_VERSION),
        dictionary=dictionary_fingerprint(),
        user_dictionary=hashlib.sha256(rules_text().encode()).hexdigest()[:16],
        engine="tantivy " + ".".join(version("tantivy").split(".")[:2]),
    )


def _read(generation: Path) -> dict[str, str]:
    try:
        loaded = json.loads((generation / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in loaded.items()} if isinstance(loaded, dict) else {}
