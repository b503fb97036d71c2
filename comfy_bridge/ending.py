"""Who ended a job: an interrupt, or a deletion while it waited, looks the same whoever asked for it."""

from __future__ import annotations

from herofactory.studio.rendering.port import RenderError


def ended(error: RenderError, asked: bool) -> RenderError:
    """CANCELLED is said only of what we asked for; somebody else's interrupt is a job lost, to be given once more."""
    if asked and error.cause in ("LOST", "CANCELLED"):
        return RenderError("CANCELLED", "cancelled")
    if error.cause == "CANCELLED":
        return RenderError("LOST", "somebody else interrupted the job on the server")
    return error
