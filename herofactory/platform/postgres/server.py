"""The embedded database as its owner sees it: start, address, stop.

What keeps it alive and what ends it: the postmaster is a direct child and gets SIGQUIT (an immediate shutdown) when its
owner dies; a start after any `kill -9` clears what is left and recovers; one lock per folder keeps a second owner out.

Layout of the folder: `lock`, `password` and `port` (0600), `location` only where the cluster lies elsewhere (home.py),
`data`, `log`, and `binaries-VERSION` only where PostgreSQL's account cannot run the installed ones.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Self

from herofactory.platform.postgres import logs
from herofactory.platform.postgres.account import Account
from herofactory.platform.postgres.address import (
    DATABASE,
    PASSWORD_FILE,
    choose_port,
    new_password,
    new_port,
    read_address,
)
from herofactory.platform.postgres.binaries import Binaries, runnable
from herofactory.platform.postgres.child import Child
from herofactory.platform.postgres.cluster import Cluster
from herofactory.platform.postgres.errors import PostgresError, StartFailed
from herofactory.platform.postgres.home import SPARE_ROOTS, home_of
from herofactory.platform.postgres.leftovers import LOCK_FILE, clear_leftovers
from herofactory.platform.postgres.lock import FolderLock
from herofactory.platform.postgres.options import check_extra, server_options

NO_EXTRA: Mapping[str, str] = MappingProxyType({})
# Another program may take the port between the check and the bind.
PORT_ATTEMPTS = 5
PORT_TAKEN = "Address already in use"


class EmbeddedPostgres:
    """One PostgreSQL server and its folder. Not for use by two threads at once; `start` may be called in any thread.

    `run_as`: the account when this process is root (ignored otherwise). `extra`: settings on top of `options.DEFAULTS`.
    `patience_s`: how long `start` waits for another owner of the folder to go. `start_timeout_s`: how long recovery may
    take. `spare_roots`: see home.py.
    """

    def __init__(
        self,
        folder: Path,
        *,
        run_as: str = "nobody",
        extra: Mapping[str, str] = NO_EXTRA,
        patience_s: float = 20.0,
        start_timeout_s: float = 120.0,
        spare_roots: Sequence[Path] = SPARE_ROOTS,
    ) -> None:
        check_extra(extra)
        self.folder = folder.absolute()
        self._run_as, self._extra, self._spare_roots = run_as, dict(extra), spare_roots
        self._patience_s, self._start_timeout_s = patience_s, start_timeout_s
        self._locks: list[FolderLock] = []
        self._child: Child | None = None

    def start(self) -> None:
        """Returns once the database accepts connections and `herofactory` exists. Makes the cluster on first use.

        Raises FolderInUse, VersionMismatch, Unreachable, StartFailed, or PostgresError for anything else that the user
        can mend. After an error nothing is left running and the lock is free.
        """
        if self.poll() is None and self._child:
            raise PostgresError(f"the database in {self.folder} is running already: stop it before a second start")
        self.stop()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the server (cleanly where possible, within 15 s in any case) and lets the folder go. Safe to repeat."""
        if self._child:
            self._child.stop()
            self._child = None
        while self._locks:
            self._locks.pop().release()

    def poll(self) -> int | None:
        """None while the server runs, else its exit status (negative: the signal that ended it); 0 before `start`."""
        return self._child.poll() if self._child else 0

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, None when not started."""
        return self._child.pid if self._child else None

    def dsn(self, database: str = DATABASE) -> str:
        """A libpq connection string over TCP; holds the password: never log it."""
        return read_address(self.folder).dsn(database)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"EmbeddedPostgres({str(self.folder)!r}, pid={self.pid})"

    def _start(self) -> None:
        account = Account.current(self._run_as)
        self._make_folder()
        self._lock(self.folder)
        home = home_of(self.folder, account, self._spare_roots)
        if home != self.folder:
            self._lock(home)
        cluster = Cluster(home, account)
        binaries = runnable(account, home)
        self._prepare(cluster, binaries)
        logs.prune(account.make_private(home / logs.FOLDER))
        self._serve(cluster, binaries)
        self._ensure_database()

    def _make_folder(self) -> None:
        if self.folder.is_dir():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        # Our own folder: passable for PostgreSQL's account whatever the umask is; what is secret in it is 0600.
        self.folder.chmod(0o755)

    def _lock(self, folder: Path) -> None:
        lock = FolderLock(folder)
        lock.acquire(self._patience_s)
        self._locks.append(lock)

    def _prepare(self, cluster: Cluster, binaries: Binaries) -> None:
        cluster.clear_unfinished()
        if not cluster.exists:
            cluster.create(binaries, new_password(self.folder))
        elif not (self.folder / PASSWORD_FILE).exists():
            raise PostgresError(
                f"{self.folder / PASSWORD_FILE} is gone, and without it nobody can use the database in {cluster.data}: "
                "restore that file"
            )
        cluster.check(binaries)
        clear_leftovers(cluster.data)

    def _serve(self, cluster: Cluster, binaries: Binaries) -> None:
        port = choose_port(self.folder)
        for _ in range(PORT_ATTEMPTS):
            if self._serve_on(port, cluster, binaries):
                return
            port = new_port(self.folder)
        raise StartFailed(f"no free port on 127.0.0.1 after {PORT_ATTEMPTS} attempts: {self._tail(cluster)}")

    def _serve_on(self, port: int, cluster: Cluster, binaries: Binaries) -> bool:
        log_folder = cluster.home / logs.FOLDER
        options = server_options(port, cluster.data, log_folder, self._extra)
        self._child = Child(
            cluster.account, [binaries.program("postgres"), "-D", str(cluster.data), *options], log_folder
        )
        deadline = time.monotonic() + self._start_timeout_s
        while not _is_ready(cluster.data, self._child.pid):
            status = self._child.poll()
            if status is not None and PORT_TAKEN in logs.tail(log_folder):
                return False
            if status is not None:
                raise StartFailed(f"PostgreSQL ended with status {status} while starting: {self._tail(cluster)}")
            if time.monotonic() >= deadline:
                raise StartFailed(f"PostgreSQL was not ready after {self._start_timeout_s:g} s: {self._tail(cluster)}")
            time.sleep(0.01)
        return True

    def _tail(self, cluster: Cluster) -> str:
        folder = cluster.home / logs.FOLDER
        return f"see {folder}\n{logs.tail(folder)}"

    def _ensure_database(self) -> None:
        import psycopg

        try:
            with psycopg.connect(self.dsn("postgres"), autocommit=True, connect_timeout=10) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError as error:
            raise StartFailed(f"PostgreSQL runs in {self.folder} but refuses its own user: {error}") from error


def _is_ready(data: Path, pid: int) -> bool:
    """What `pg_ctl -w` looks at: the 8th line of the lock file, once the file is this server's."""
    with suppress(OSError, IndexError, ValueError):
        lines = (data / LOCK_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
        return int(lines[0]) == pid and lines[7].strip() == "ready"
    return False


def read_dsn(folder: Path, database: str = DATABASE) -> str:
    """How another process (the command line) reaches a database that is running; holds the password: never log it."""
    return read_address(folder).dsn(database)
