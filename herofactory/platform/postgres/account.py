"""The account that PostgreSQL runs under: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from herofactory.platform.postgres.errors import PostgresError, Unreachable
from herofactory.platform.postgres.launcher import CANNOT_BECOME

# Nothing of the caller's: PG* variables, locale and preloaded libraries would change what PostgreSQL does.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int

    @classmethod
    def current(cls, run_as: str) -> Account:
        """`run_as` when this process is root, else whoever runs this process. Creates no account."""
        if os.geteuid() != 0:
            return cls(_name(os.geteuid()), os.geteuid(), os.getegid())
        try:
            entry = pwd.getpwnam(run_as)
        except KeyError:
            raise PostgresError(
                f"PostgreSQL does not run as root, and there is no user {run_as!r} to run it as: "
                "name an existing unprivileged user, or start as an ordinary user"
            ) from None
        if entry.pw_uid == 0:
            raise PostgresError(f"PostgreSQL does not run as root: {run_as!r} has user id 0, name another user")
        return cls(run_as, entry.pw_uid, entry.pw_gid)

    @property
    def is_other(self) -> bool:
        """Whether this process has to change user to act as this account."""
        return os.geteuid() != self.uid

    def command(self, program: Sequence[str], dies_by: signal.Signals) -> list[str]:
        """The command line that runs `program` as this account and signals it when the thread that starts it ends."""
        return [*self._launcher("run"), str(os.getpid()), str(int(dies_by)), *program]

    def run(self, program: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Runs `program` to its end as this account, output and errors in `stdout`. It ends with its caller."""
        return subprocess.run(
            self.command(program, dies_by=signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            env=ENVIRONMENT,
            check=False,
        )

    def can_enter(self, *folders: Path) -> bool:
        """Tried, not computed from mode bits: access lists and mounts have a say as well."""
        if not self.is_other:
            return all(os.access(folder, os.R_OK | os.X_OK) for folder in folders)
        probe = subprocess.run(
            [*self._launcher("probe"), *map(str, folders)], cwd="/", capture_output=True, check=False
        )
        if probe.returncode == CANNOT_BECOME:
            raise Unreachable(probe.stderr.decode(errors="replace").strip())
        return probe.returncode == 0

    def owns(self, path: Path) -> bool:
        return path.stat().st_uid == self.uid

    def make_private(self, folder: Path) -> Path:
        """A 0700 folder of this account. Never touches its parents."""
        folder.mkdir(mode=0o700, exist_ok=True)
        self.give(folder)
        return folder

    def give(self, path: Path) -> None:
        if self.is_other:
            os.chown(path, self.uid, self.gid)

    def _launcher(self, verb: str) -> list[str]:
        return [sys.executable, "-I", "-S", str(LAUNCHER), verb, str(self.uid), str(self.gid)]


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
