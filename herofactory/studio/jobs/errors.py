"""Why a job cannot be had or made."""

from __future__ import annotations


class JobNotFound(LookupError):
    """No such job, or one that this caller may not know of."""


class QuotaExceeded(Exception):
    """The owner has as many open jobs as anybody may have."""

    def __init__(self, most: int, retry_after_s: int) -> None:
        super().__init__(f"you have {most} jobs that have not ended, which is the most: wait for one or cancel one")
        self.retry_after_s = retry_after_s


class PromptRejected(ValueError):
    """Moderation refuses the words."""

    def __init__(self, reasons: tuple[tuple[str, str], ...]) -> None:
        """`reasons`: code and sentence of each; neither repeats what was written."""
        super().__init__("; ".join(sentence for _, sentence in reasons))
        self.reasons = reasons


class LeaseLost(Exception):
    """The job is no longer this bridge's: it was cancelled, has expired, or another bridge has it."""
