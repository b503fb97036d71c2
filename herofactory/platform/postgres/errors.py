"""What can go wrong with the embedded database. Every message names the folder and what to do."""

from __future__ import annotations


class PostgresError(Exception):
    """The embedded database cannot be used; the message says why and what to do."""


class FolderInUse(PostgresError):
    """Another process runs the database of this folder."""


class Unreachable(PostgresError):
    """The account that PostgreSQL runs under cannot get at a file or folder it needs."""


class VersionMismatch(PostgresError):
    """The data was written by another major version of PostgreSQL."""


class StartFailed(PostgresError):
    """PostgreSQL (or initdb) ran and gave up; the message ends with the tail of its log."""


class NotStarted(PostgresError):
    """The folder holds no database that was ever started."""
