"""Tables of the log file and how a file is recognised as ours."""

from __future__ import annotations

APPLICATION_ID = 0x4845524F
"""`HERO` in ASCII: tells our file from any other SQLite file (PRAGMA application_id)."""

SCHEMA_VERSION = 1
"""Raised by every change of the tables below; another version is refused, never guessed at (PRAGMA user_version)."""

# WITHOUT ROWID clusters the records by (topic, partition, offset): a read is one range scan.
# `partitions` also keeps what maintenance needs to know: how far a compacted partition was cleaned, how many records
# that left (`live`) and when the oldest tombstone among them was written.
TABLES = """
CREATE TABLE topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL,
    retention_s REAL, compacted INTEGER NOT NULL, delete_retention_s REAL NOT NULL
);
CREATE TABLE partitions (
    topic INTEGER NOT NULL, partition INTEGER NOT NULL, earliest INTEGER NOT NULL, "end" INTEGER NOT NULL,
    cleaned INTEGER NOT NULL DEFAULT 0, live INTEGER NOT NULL DEFAULT 0, oldest_tombstone REAL,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE records (
    topic INTEGER NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    timestamp REAL NOT NULL, key BLOB, value BLOB, headers BLOB,
    PRIMARY KEY (topic, partition, offset)
) WITHOUT ROWID;
CREATE TABLE offsets (
    "group" TEXT NOT NULL, topic INTEGER NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY ("group", topic, partition)
) WITHOUT ROWID;
CREATE TABLE groups (
    name TEXT PRIMARY KEY, generation INTEGER NOT NULL, assigned INTEGER NOT NULL, since REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE members (
    seq INTEGER PRIMARY KEY, "group" TEXT NOT NULL, member TEXT NOT NULL, process TEXT NOT NULL, beat REAL NOT NULL,
    generation INTEGER NOT NULL, metadata BLOB, assignment BLOB,
    UNIQUE ("group", member)
);
CREATE TABLE schemas (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, schema TEXT NOT NULL,
    UNIQUE (subject, schema)
);
"""
