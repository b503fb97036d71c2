"""The states of a job, and why one ends without a result."""

from __future__ import annotations

from typing import Literal

State = Literal["queued", "running", "succeeded", "failed", "cancelled", "expired"]
TERMINAL: frozenset[State] = frozenset({"succeeded", "failed", "cancelled", "expired"})

Cause = Literal[
    "BACKEND_UNAVAILABLE",  # no server could be reached until the deadline
    "MODEL_MISSING",  # the servers lack a model or node of the preset
    "INVALID_SKETCH",
    "PROMPT_REJECTED",  # moderation refused the words
    "RESULT_REJECTED",  # moderation refused the picture
    "OUT_OF_MEMORY",
    "RENDER_FAILED",
    "TIMEOUT",  # one attempt took too long
    "LOST",  # the server forgot the job twice
    "CANCELLED",
    "EXPIRED",  # the deadline passed
]
TRANSIENT: frozenset[Cause] = frozenset({"BACKEND_UNAVAILABLE", "OUT_OF_MEMORY", "TIMEOUT", "LOST"})
"""Causes that another attempt may not meet."""
ATTEMPTS = 3
"""Most attempts of one job."""
