"""The programs that are measured, as commands."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.stack.fetch import Parts
from tests.stack.jvm import compile_sources, java
from tests.stack.maven import copy_dependencies

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LOCK = ROOT / "requirements-bench.lock"
SCHEMA = ROOT / "schemas/avro/search.query.avsc"
CACHE = ROOT / ".cache/bench"
Command = Sequence[str]


@dataclass(frozen=True, slots=True)
class Where:
    events: int
    dsn: str
    folder: Path
    """For what a program keeps while it runs."""
    kafka: str = ""
    embedded: Path = Path()


def agent_on_kafka(where: Where) -> Command:
    from streams.kafka import broker_url

    return _python("agent", str(broker_url(where.kafka)), where.dsn, str(where.events))


def agent_embedded(where: Where) -> Command:
    from streams.embedded import broker_url

    return _python("agent", str(broker_url(where.embedded)), where.dsn, str(where.events))


def plain_kafka(where: Where) -> Command:
    return _python("plain", "kafka", where.kafka, str(where.events))


def plain_embedded(where: Where) -> Command:
    return _python("plain", "embedded", str(where.embedded), str(where.events))


def quixstreams(where: Where) -> Command:
    return _quix(where, "store")


def quixstreams_in_memory(where: Where) -> Command:
    return _quix(where, "memory")


def _quix(where: Where, way: str) -> Command:
    python = _made("quixstreams", LOCK.read_text(encoding="utf-8"), _install) / "bin/python"
    return [str(python), "-W", "ignore", str(HERE / "quix.py"), where.kafka, str(where.events), str(SCHEMA), way]


def kafka_streams(where: Where) -> Command:
    return _streams(where, "store")


def kafka_streams_in_memory(where: Where) -> Command:
    return _streams(where, "memory")


def _streams(where: Where, way: str) -> Command:
    recipe = "".join(file.read_text(encoding="utf-8") for file in sorted((HERE / "streams").rglob("*.*")))
    jars = _made("streams", recipe, _build)
    state = where.folder / "streams"
    options = ["-Xmx1g", "-Djava.net.preferIPv4Stack=true", "--enable-native-access=ALL-UNNAMED"]
    words = [where.kafka, str(where.events), str(SCHEMA), str(state), way]
    return [java(), *options, "-cp", f"{jars}/*", "Count", *words]


def _python(part: str, *words: str) -> Command:
    return [sys.executable, "-m", f"bench.insights_parts.{part}", *words]


def _install(folder: Path) -> None:
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin/pip"), "install", "-q", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*pip, "-r", str(LOCK)], check=True)


def _build(folder: Path) -> None:
    copy_dependencies(HERE / "streams/pom.xml", folder)
    compile_sources(Parts()._from_pom("compiler"), folder, HERE / "streams/src", folder / "count.jar")


def _made(name: str, recipe: str, make: Callable[[Path], None]) -> Path:
    """A folder in the cache, made anew when its recipe changes."""
    folder, stamp = CACHE / name, hashlib.sha256(recipe.encode()).hexdigest()
    if not (folder / ".stamp").exists() or (folder / ".stamp").read_text() != stamp:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        (folder / ".stamp").write_text(stamp)
    return folder
