"""How much a server may send and how long anything may take: it is trusted with pictures, not with our memory."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    connect_s: float = 5.0
    request_s: float = 30.0
    """Of one HTTP exchange. A busy server answers slowly: Python's interpreter lock is held while models load."""
    poll_s: float = 1.0
    """Between two looks at /history and /queue. The socket wakes an earlier look."""
    blind_polls: int = 2
    """Looks in a row that must find a job nowhere before it is lost: between leaving the queue and entering the
    history there is a moment."""
    outage_s: float = 60.0
    """A server may be away so long (a restart) before a job that runs there is given up."""
    run_s: float = 600.0
    """Of one job, waiting not counted; then it is interrupted: TIMEOUT."""
    stuck_s: float = 180.0
    """A running job that shows no progress for so long makes the server `stuck`."""
    cancel_s: float = 30.0
    """An interrupt acts between nodes and sampler steps; the observed worst case was 27 s, in a chain of blurs."""
    queue_full: int = 20
    """Waiting jobs from which on a server gets no more."""
    json_bytes: int = 16 * MIB
    """A history entry carries its graph; a list of nodes carries every model's name."""
    image_bytes: int = 48 * MIB
    """Four bytes for each of 2048x2048 pixels make 16 MiB before compression."""
    message_bytes: int = 8 * MIB
    """Of one message of the socket; previews are <= 512 px."""
    preview_bytes: int = 1 * MIB
    """Larger previews are dropped."""
