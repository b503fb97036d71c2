"""The embedded PostgreSQL, set up for change capture."""

from __future__ import annotations

import os
import signal
import time
from typing import ClassVar

import psutil
import psycopg
from psycopg import sql

from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.postgres.address import PORT_FILE
from herofactory.platform.postgres.database import migrate
from herofactory.platform.postgres.files import write_private
from tests.stack.home import POSTGRES, Home
from tests.stack.ports import free_port
from tests.support.postgres import TEMPLATE, create_database

CAPTURE = {
    "wal_level": "logical",
    "max_replication_slots": "8",
    "max_wal_senders": "8",
    # A connector that is down must not fill the disk: past this its slot is lost.
    "max_slot_wal_keep_size": "1GB",
}
_KEEP = "max_slot_wal_keep_size"


class Postgres(EmbeddedPostgres):
    """Holds a migrated template database besides `herofactory`; the root fixtures `dsn` and `database` clone it."""

    name: ClassVar[str] = POSTGRES

    def __init__(self, home: Home) -> None:
        super().__init__(home.of(POSTGRES), extra={name: value for name, value in CAPTURE.items() if name != _KEEP})
        self._home = home
        self.ready_after_s = 0.0
        write_private(self.folder / PORT_FILE, str(free_port()))

    def launch(self) -> None:
        if self.poll() is None:
            return
        began = time.monotonic()
        self.start()
        if self.pid:
            self._home.started(self.pid)
        self.keep_wal(CAPTURE[_KEEP])
        self.ready_after_s = round(time.monotonic() - began, 1)

    def keep_wal(self, size: str) -> None:
        """How much of the write-ahead log a slot may hold back, from now on (a command line would fix it for good)."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(_KEEP), sql.Literal(size)))
            connection.execute("SELECT pg_reload_conf()")

    def wait(self) -> None:
        """Returns at once: `launch` has waited."""

    def migrate_template(self) -> None:
        create_database(self.dsn("postgres"), TEMPLATE)
        migrate(self.dsn(TEMPLATE))

    def kill(self) -> None:
        """As a crash ends it."""
        if self.pid and self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self.stop()

    @property
    def rss_mb(self) -> float:
        """Memory of the server and its children without what they share, MiB."""
        if not self.pid:
            return 0.0
        postmaster = psutil.Process(self.pid)
        family = [postmaster, *postmaster.children(recursive=True)]
        return round(sum(map(_own_bytes, family)) / 2**20, 1)


def _own_bytes(process: psutil.Process) -> int:
    """0 for one that has just ended: PostgreSQL's helpers come and go."""
    try:
        memory = process.memory_info()
    except psutil.NoSuchProcess:
        return 0
    own: int = memory.rss - memory.shared
    return own
