"""A process that owns a database, for tests that kill it or let it run as an ordinary user.

    owner.py FOLDER stay|thread|once [UID GID]

`stay` starts and waits; `thread` does so from a thread that has ended; `once` runs a query twice over a restart, as the
given user. Everything is imported before the user changes: the interpreter may be out of that user's reach.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path

import psycopg

from herofactory.platform.postgres import EmbeddedPostgres


def stay(server: EmbeddedPostgres) -> None:
    server.start()
    announce(server)


def thread(server: EmbeddedPostgres) -> None:
    worker = threading.Thread(target=server.start)
    worker.start()
    worker.join()
    announce(server)


def announce(server: EmbeddedPostgres) -> None:
    print(server.pid, flush=True)
    threading.Event().wait()


def once(server: EmbeddedPostgres) -> None:
    for statement in ("CREATE TABLE kept AS SELECT 7 AS number", "SELECT number FROM kept"):
        with server, psycopg.connect(server.dsn()) as connection:
            cursor = connection.execute(statement)
            print(os.geteuid(), server.folder.joinpath("data").stat().st_uid, cursor.rowcount, flush=True)


def main(folder: str, verb: str, *account: str) -> None:
    if account:
        uid, gid = map(int, account)
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
        # What an ordinary user's own interpreter would be.
        sys.executable = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
    {"stay": stay, "thread": thread, "once": once}[verb](EmbeddedPostgres(Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
