"""Who makes a request, and what that person may do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["user", "moderator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
# An id, never a name or an address: it travels in events.
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Principal:
    subject: str
    role: Role = "user"

    @property
    def may_moderate(self) -> bool:
        return self.role in ("moderator", "admin")


def checked_subject(subject: str) -> str:
    """Raises ValueError for what is no user id."""
    if not _SUBJECT.fullmatch(subject):
        raise ValueError(f"user id {subject!r}: 1 to 64 letters, digits and . _ : - only, a letter or digit first")
    return subject
