"""How much a spool holds, and how much it hands over at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    records: int = 10_000
    """In memory."""
    bytes: int = 16_000_000
    """In memory."""
    disk_bytes: int = 268_435_456
    segment_bytes: int = 4_000_000
    """A file of the disk is begun anew beyond this size; files are the unit that is freed."""
    batch_records: int = 500
    batch_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds."""

    grace_s: float = 2.0
    """For delivering what is left when the process ends."""
    first_retry_s: float = 0.1
    longest_retry_s: float = 5.0
    """Between two attempts while the log is down; doubled from the first on."""
