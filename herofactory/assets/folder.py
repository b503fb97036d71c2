"""Images in a folder: one file per content hash."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from herofactory.assets.image import Image
from herofactory.assets.store import AssetNotFound, StoreFull, StoreUnavailable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FolderStore:
    """Files under `folder`/ab/abcdef....png. Written whole or not at all; never changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, image: Image) -> None:
        path = self.path(image.sha256)
        with suppress(FileNotFoundError):
            os.utime(path)  # tells `discard` that somebody wants it
            return
        try:
            self._write(path, image.data)
        except OSError as error:
            if error.errno in _FULL:
                raise StoreFull(f"no space is left in {self._folder} for {len(image.data):,} bytes") from error
            raise

    def _write(self, path: Path, data: bytes) -> None:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(self._folder)  # a new folder is lost in a power cut as a new file is
        part = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)  # on a full disk, what is half written takes the little that is left
            raise
        _sync_folder(path.parent)

    def read(self, sha256: str) -> bytes:
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise AssetNotFound(f"no image {sha256!r} in {self._folder}") from error

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def discard(self, sha256: str, before: datetime) -> bool:
        path = self.path(sha256)
        aside = path.with_name(f"{path.name}.leaving")
        with suppress(FileNotFoundError):
            path.replace(aside)  # from here on, who puts it writes it anew
        if not aside.exists():
            return False
        if aside.stat().st_mtime >= before.timestamp() and not path.exists():
            aside.replace(path)  # somebody did put it, just before
            return False
        aside.unlink()
        return True

    def probe(self) -> str:
        existing = next(path for path in (self._folder, *self._folder.parents) if path.exists())
        if not os.access(existing, os.W_OK | os.X_OK):
            raise StoreUnavailable(f"{existing} is not writable for you")
        return str(self._folder)

    def path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.png"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
