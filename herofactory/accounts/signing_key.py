"""The secret that everything signed here is signed with: one file, readable by its owner only."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

KEY_BYTES = 32
FILE = "signing.key"


class InvalidKey(ValueError):
    """The key file holds no key."""


class SigningKey:
    """`derive` gives each use a key of its own, so that what is signed for one never passes for another."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < KEY_BYTES:
            raise InvalidKey(f"a signing key has at least {KEY_BYTES} bytes, this one has {len(secret)}")
        self._secret = secret

    def derive(self, purpose: str) -> bytes:
        """32 bytes."""
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)

    def __repr__(self) -> str:
        return "SigningKey(...)"


def load_signing_key(folder: Path) -> SigningKey:
    """The key in `folder`, made on first use. Processes that start at the same time agree on one.

    Raises InvalidKey for a damaged file. A file that others may read is closed to them.
    """
    path = folder / FILE
    if not path.exists():
        _create(path)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    try:
        return SigningKey(bytes.fromhex(path.read_text(encoding="ascii")))
    except (ValueError, UnicodeDecodeError) as error:
        raise InvalidKey(
            f"{path} holds no signing key ({error}): restore it, or delete it and every token becomes invalid"
        ) from error


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the name is taken, a rename would replace the key of another process.
        path.hardlink_to(part)
    except FileExistsError:
        return
    finally:
        part.unlink(missing_ok=True)
