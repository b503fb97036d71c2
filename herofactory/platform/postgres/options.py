"""The server's settings, given on its command line: they then hold whatever `postgresql.conf` says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from herofactory.platform.postgres.address import HOST
from herofactory.platform.postgres.leftovers import cluster_name
from herofactory.platform.postgres.logs import ROTATE_KB

DEFAULTS: Mapping[str, str] = {
    "fsync": "on",
    "password_encryption": "scram-sha-256",
    # api, worker and relay pools (<= 20 each); PostgreSQL's default of 100 only costs memory
    "max_connections": "60",
    "shared_buffers": "64MB",
    "wal_level": "replica",
    "max_wal_size": "512MB",
    "jit": "off",
    # Parallel workers exchange data in /dev/shm, which containers limit to 64 MB.
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # English messages, whatever the caller's locale: `server.py` looks for one of them.
    "lc_messages": "C",
}
# These are what keeps the database private and findable.
RESERVED = frozenset(
    {"listen_addresses", "port", "unix_socket_directories", "data_directory", "hba_file", "ident_file", "config_file"}
    | {"cluster_name", "update_process_title", "logging_collector", "log_directory", "log_filename", "log_destination"}
)


def server_options(port: int, data: Path, log_folder: Path, extra: Mapping[str, str]) -> list[str]:
    options = {
        **DEFAULTS,
        **extra,
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": "",
        "cluster_name": cluster_name(data),
        "logging_collector": "on",
        "log_destination": "stderr",
        "log_directory": str(log_folder),
        "log_filename": "postgres-%Y%m%dT%H%M%S.log",
        "log_rotation_size": f"{ROTATE_KB}kB",
        "log_rotation_age": "1d",
        "log_file_mode": "0600",
    }
    return [word for name, value in options.items() for word in ("-c", f"{name}={value}")]


def check_extra(extra: Mapping[str, str]) -> None:
    refused = sorted(RESERVED & {name.lower() for name in extra})
    if refused:
        raise ValueError(f"PostgreSQL settings that cannot be changed here: {', '.join(refused)}")
