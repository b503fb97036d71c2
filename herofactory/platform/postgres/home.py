"""Where the cluster lies: in the data folder itself, except where PostgreSQL's account could not get there.

As root PostgreSQL runs as an unprivileged account, and that account must be able to enter every folder above the data.
With a data folder below /root (0700) it cannot, and on some mounts no file can belong to it. Opening the parents would
show root's files to everybody, so they are never touched; a capability for the account would let SQL read every file of
the machine; bind mounts and user namespaces are missing in most containers. The cluster then gets a folder of its own
below /var/lib (a place for state that no cleaner empties, unlike /var/tmp, whose files systemd deletes after 30 days),
and a file in the data folder says where. Its name is random, not made from the data folder's path: a data folder that
was deleted and made anew gets a new cluster, not an old one with a lost password, and a moved one keeps its own.

Deleting such a data folder by hand leaves the cluster behind; `remove` takes both.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from herofactory.platform.postgres.account import Account
from herofactory.platform.postgres.errors import PostgresError, Unreachable
from herofactory.platform.postgres.files import write_private

POINTER = "location"
USED_BY = "used-by"
# Folders for state that belong to root and that everybody may pass through.
SPARE_ROOTS = (Path("/var/lib"), Path("/opt"), Path("/srv"))


def home_of(folder: Path, account: Account, spare_roots: Sequence[Path] = SPARE_ROOTS) -> Path:
    """The folder that holds `data`, `log` and copied binaries of the database that belongs to `folder`."""
    pointer = folder / POINTER
    if pointer.exists():
        return _recorded(folder, pointer)
    begun = (folder / "data").exists()
    if not account.is_other or (account.can_enter(folder) and (begun or _can_hold(folder, account))):
        return folder
    if begun:
        raise Unreachable(
            f"user {account.name!r}, which PostgreSQL runs as, cannot enter {folder} any more: "
            "move the data folder back to where that user can reach it"
        )
    home = _make(account, spare_roots)
    write_private(home / USED_BY, str(folder))
    write_private(pointer, str(home))
    return home


def remove(folder: Path) -> None:
    """Deletes the database of `folder` for good, wherever it lies. It must not be running."""
    pointer = folder / POINTER
    if pointer.exists():
        shutil.rmtree(pointer.read_text(encoding="utf-8").strip(), ignore_errors=True)
    shutil.rmtree(folder)


def _recorded(folder: Path, pointer: Path) -> Path:
    home = Path(pointer.read_text(encoding="utf-8").strip())
    if not home.is_dir():
        raise PostgresError(
            f"the database of {folder} should be in {home} (says {pointer}), but that folder is gone: "
            f"restore it, or delete {folder} to start with an empty database"
        )
    other = Path((home / USED_BY).read_text(encoding="utf-8").strip())
    if other != folder:
        if (other / POINTER).exists() and not (other / POINTER).samefile(pointer):
            raise PostgresError(
                f"{folder} is a copy of {other}, and both would use the database in {home}: "
                f"delete {pointer} and the password file beside it to give the copy an empty database of its own"
            )
        write_private(home / USED_BY, str(folder))
    return home


def _can_hold(folder: Path, account: Account) -> bool:
    """Whether files here can belong to the account: some mounts (shares, other systems' disks) keep no owner."""
    probe = folder / "probe"
    try:
        account.make_private(probe)
        return account.owns(probe) and probe.stat().st_mode & 0o777 == 0o700
    except OSError:
        return False
    finally:
        with suppress(OSError):
            probe.rmdir()


def _make(account: Account, roots: Sequence[Path]) -> Path:
    for root in roots:
        if not (root.is_dir() and os.access(root, os.W_OK) and account.can_enter(root)):
            continue
        shared = root / "herofactory"
        shared.mkdir(mode=0o755, exist_ok=True)
        home = shared / f"postgres-{secrets.token_hex(6)}"
        home.mkdir(mode=0o755)
        # mkdir subtracts the umask; both folders are our own
        home.chmod(0o755)
        if account.can_enter(home) and _can_hold(home, account):
            return home
        home.rmdir()
    raise Unreachable(
        f"user {account.name!r}, which PostgreSQL runs as, can reach neither the data folder nor a folder below "
        f"{', '.join(map(str, roots))}: choose a data folder that this user can enter"
    )
