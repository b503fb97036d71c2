"""Refuses places where SQLite's WAL cannot work: it needs shared memory and locks of one machine."""

from __future__ import annotations

import re
from pathlib import Path

from herofactory.platform.eventlog.port import LogUnsupported

_NETWORK = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs", "fuse.glusterfs", "lustre")
_MOUNTINFO = Path("/proc/self/mountinfo")


def refuse_network_folder(folder: Path, mountinfo: str | None = None) -> None:
    """Raise LogUnsupported when `folder` lies on a network file system. Where /proc is missing nothing is checked."""
    if mountinfo is None:
        mountinfo = _MOUNTINFO.read_text("utf-8", "surrogateescape") if _MOUNTINFO.exists() else ""
    kind = file_system(folder, mountinfo)
    if any(kind.rstrip("0123456789") == name or kind == name for name in _NETWORK):
        raise LogUnsupported(
            f"The event log cannot lie on {folder}: that is a network file system ({kind}), where SQLite's locks and "
            "shared memory do not hold. Choose a local folder with HERO_DATA."
        )


def file_system(folder: Path, mountinfo: str) -> str:
    """Type of the file system that holds `folder`; '' when unknown. Later mounts cover earlier ones."""
    best, kind = -1, ""
    path = folder.absolute()
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        mount = Path(_unescape(fields[4]))
        if (path == mount or mount in path.parents) and len(mount.parts) >= best:
            best, kind = len(mount.parts), right.split(" ")[0]
    return kind


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), text)
