"""What the comparison of two generations found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MOVING_SHARE = 0.05
"""Most of the entries that may still have been moving when the comparison ended. They are never called equal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    generation: int
    against: int
    """The generation it was compared with."""
    at: str
    """ISO 8601, when it ended."""
    seconds: float
    rounds: int
    offsets: Mapping[str, Mapping[str, int]]
    """Topic and partition to the common offset of the last round: both generations hold what lies before it."""
    old_entries: int
    new_entries: int
    equal: int
    differing: int
    why: Mapping[str, int]
    """Cause to number: missing, extra, revision, content."""
    differences: Sequence[Mapping[str, str]]
    """The first 1,000: `{id, scope, why}`."""
    moving: int
    """Entries that live events changed in every round: neither equal nor different."""
    moving_ids: Sequence[str] = ()
    """The first 1,000."""
    settled: bool = True
    """False where a generation still had figures to derive when it was given up."""
    complete: bool = True
    """False of a generation that holds a part by its plan: what it lacks is no difference."""
    lacking: int = 0
    """Entries that such a generation does not hold."""
    old_hash: str = ""
    new_hash: str = ""
    old_buckets: Sequence[str] = ()
    new_buckets: Sequence[str] = ()
    differing_buckets: Sequence[int] = field(default=())
    expected: Sequence[str] = ()
    """Causes that the target is replayed for: what differs so does not speak against a swap."""
    changes: Mapping[str, int] = field(default_factory=dict)
    """What people would see change, of such a target."""

    @property
    def intended(self) -> int:
        """Entries that differ as they are meant to."""
        return sum(self.why.get(cause, 0) for cause in self.expected)

    @property
    def passed(self) -> bool:
        """Whether it may be put in the place of the other without force."""
        counted = self.equal + self.intended + self.moving
        calm = self.moving <= MOVING_SHARE * counted
        return self.complete and self.settled and self.differing == self.intended and calm

    @property
    def verdict(self) -> str:
        """One line."""
        if self.passed:
            seen = "".join(f"; {number:,} {what}" for what, number in self.changes.items())
            moving = f", {self.moving:,} still moving" if self.moving else ""
            if not self.intended:
                return f"equal: {self.equal:,} entries{moving}{seen}"
            held = self.equal + self.intended
            return f"complete: {held:,} entries{moving}, {self.intended:,} differ as they are meant to{seen}"
        if not self.complete:
            held = self.equal + self.differing
            return f"holds a part by its plan: {held:,} of {held + self.lacking:,} entries, {self.differing:,} differ"
        if self.differing:
            causes = ", ".join(f"{number:,} {why}" for why, number in self.why.items())
            return f"{self.differing:,} entries differ ({causes})"
        if not self.settled:
            return "figures were still being derived: try again once they are"
        return (
            f"{self.moving:,} of {self.equal + self.moving:,} entries changed all the time: try again when it is calmer"
        )

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed, "verdict": self.verdict}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Verification:
        return cls(**{name: value for name, value in found.items() if name in cls.__dataclass_fields__})
