"""Where the database listens and how to get in: two files that outlive the server.

TCP on 127.0.0.1 only. A unix socket is left out on purpose: its path must fit in 107 bytes, which a deep data folder
breaks, and its lock file is one more thing that a `kill -9` leaves behind.
"""

from __future__ import annotations

import re
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path

from herofactory.platform.postgres.errors import NotStarted, PostgresError
from herofactory.platform.postgres.files import write_private

HOST = "127.0.0.1"
USER = "postgres"
DATABASE = "herofactory"
PASSWORD_FILE = "password"  # noqa: S105  (the name of a file)
PORT_FILE = "port"


@dataclass(frozen=True, slots=True)
class Address:
    port: int
    password: str = field(repr=False)

    def dsn(self, database: str = DATABASE) -> str:
        """A libpq connection string. Holds the password: never log it.

        `require_auth` keeps libpq from handing the password to a stranger that took the port while we were down: with
        SCRAM the server has to prove that it knows the password too. The other options shut out PG* variables.
        """
        if not re.fullmatch(r"[A-Za-z0-9_]+", database):
            raise ValueError(f"database name {database!r}: use letters, digits and underscores only")
        return (
            f"host={HOST} port={self.port} user={USER} password={self.password} dbname={database} "
            "sslmode=disable gssencmode=disable require_auth=scram-sha-256"
        )


def read_address(folder: Path) -> Address:
    """The address of the database in `folder`, for another process than its owner. It may not be running."""
    try:
        return Address(int(_read(folder / PORT_FILE)), _read(folder / PASSWORD_FILE))
    except FileNotFoundError:
        raise NotStarted(f"{folder} holds no database yet: start the platform once with this data folder") from None
    except PermissionError:
        raise PostgresError(
            f"the database in {folder} belongs to another user: act as the user who started it"
        ) from None
    except ValueError:
        raise PostgresError(
            f"{folder / PORT_FILE} holds no port number: delete the file and start the platform"
        ) from None


def new_password(folder: Path) -> str:
    password = secrets.token_urlsafe(24)
    write_private(folder / PASSWORD_FILE, password)
    return password


def choose_port(folder: Path) -> int:
    """The port of the last start, or a new one that is free now where another program has taken that."""
    path = folder / PORT_FILE
    last = _read(path) if path.exists() else ""
    if last.isdigit() and is_free(int(last)):
        return int(last)
    return new_port(folder)


def new_port(folder: Path) -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    write_private(folder / PORT_FILE, str(port))
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As PostgreSQL itself does: connections of the last server in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
