"""The cluster on disk: made once, whole or not at all, and only opened by the version that made it."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from herofactory.platform.postgres.account import Account
from herofactory.platform.postgres.address import USER
from herofactory.platform.postgres.binaries import Binaries
from herofactory.platform.postgres.errors import PostgresError, StartFailed, VersionMismatch
from herofactory.platform.postgres.files import sync_folder, write_private
from herofactory.platform.postgres.leftovers import end_processes

UNFINISHED = "unfinished-"
# PostgreSQL's MAXPGPATH is 1,024 bytes; the longest name below `data` stays under 100.
LONGEST_PATH = 900


@dataclass(frozen=True, slots=True)
class Cluster:
    home: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def exists(self) -> bool:
        return self.data.exists()

    def check(self, binaries: Binaries) -> None:
        """Raises VersionMismatch, or PostgresError where the data is another user's."""
        if not self.account.owns(self.data):
            owner = self.data.stat().st_uid
            raise PostgresError(
                f"{self.data} belongs to user id {owner}, but PostgreSQL would run as {self.account.name!r} (user id "
                f"{self.account.uid}): start as the user who made it, or give it to that one with chown -R"
            )
        try:
            found = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise PostgresError(
                f"{self.data} is no PostgreSQL cluster (it has no PG_VERSION): restore it, or delete it to start empty"
            ) from None
        if found != str(binaries.major):
            raise VersionMismatch(
                f"{self.data} was written by PostgreSQL {found}, and this is PostgreSQL {binaries.version}, which "
                f"cannot read it. Dump it with PostgreSQL {found} (pg_dump --format=custom), move the folder away, "
                "start once and restore the dump (pg_restore)."
            )

    def create(self, binaries: Binaries, password: str) -> None:
        """Runs initdb beside the final place and renames: a `data` folder is always a finished one."""
        if len(str(self.data).encode()) > LONGEST_PATH:
            raise PostgresError(f"{self.data} is longer than {LONGEST_PATH} bytes: choose a shorter data folder")
        work = self.account.make_private(self.home / f"{UNFINISHED}{secrets.token_hex(4)}")
        data = self.account.make_private(work / "data")
        write_private(work / "password", password)
        self.account.give(work / "password")
        self._initdb(binaries, data, work / "password")
        data.rename(self.data)
        sync_folder(self.home)
        shutil.rmtree(work)

    def clear_unfinished(self) -> None:
        """Removes what an initdb that was killed left behind."""
        for work in self.home.glob(f"{UNFINISHED}*"):
            end_processes(work / "data")
            shutil.rmtree(work)

    def _initdb(self, binaries: Binaries, data: Path, password: Path) -> None:
        program = [binaries.program("initdb"), "-D", str(data), "-U", USER, f"--pwfile={password}", "--encoding=UTF8"]
        # The built-in provider sorts by code point in every version of the C library: a data folder can move.
        program += ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        program += ["--auth-host=scram-sha-256", "--auth-local=scram-sha-256", "--data-checksums"]
        told = self.account.run(program)
        if told.returncode != 0:
            raise StartFailed(f"initdb failed for {self.data} (exit status {told.returncode}):\n{told.stdout[-2000:]}")
