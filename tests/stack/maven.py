"""Artifacts by their coordinates. Repositories and mirrors are what Maven is configured with."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"


class MavenError(RuntimeError):
    pass


def copy_dependencies(pom: Path, folder: Path) -> None:
    """Everything that `pom` needs at run time, into `folder`."""
    _maven("-f", str(pom), f"{PLUGIN}:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}")


def copy_artifact(coordinates: str, folder: Path) -> None:
    """The one file of group:artifact:version:type:classifier."""
    _maven(f"{PLUGIN}:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}")


def _maven(*arguments: str) -> None:
    told = subprocess.run(
        [_program(), "-B", "-q", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if told.returncode != 0:
        errors = "\n".join(line for line in told.stdout.splitlines() if "ERROR" in line)
        raise MavenError(f"mvn {' '.join(arguments)} failed:\n{(errors or told.stdout)[:3000]}")


def _program() -> str:
    found = shutil.which("mvn")
    if found:
        return found
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise MavenError("mvn, which fetches the servers, is not installed; as root: apt-get install maven")
    _install(apt)
    return shutil.which("mvn") or "mvn"


def _install(apt: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Its recommendations are a whole desktop of libraries.
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "maven"]):
        told = subprocess.run([apt, *words], env=environment, stdout=subprocess.DEVNULL, check=False)
        if told.returncode != 0:
            raise MavenError(f"apt-get {words[0]} failed (exit {told.returncode}); install maven, then run this again")
