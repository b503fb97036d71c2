"""What the servers are made of: jars by Maven coordinates, and our Elasticsearch launcher compiled against them.

`python -m tests.stack.fetch` fetches all of it, some 350 MB, into `.cache/stack` (or HERO_STACK_CACHE); a part is made
anew only when what asks for it changes. Where jars come from is Maven's configuration. None belongs to the product.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stack.jvm import compile_sources
from tests.stack.maven import copy_artifact, copy_dependencies

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
REGISTRY = "io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all"
ELASTICSEARCH_VERSION = "9.5.3"
NETTY_MODULE = "transport-netty4"
STACK_PLUGIN = "herofactory-stack"
DESCRIPTOR = """name={name}
description=see tests/stack
version={version}
elasticsearch.version={version}
java.version=21
classname={classname}
"""


class Parts:
    """Folders with the parts of servers; each method fetches what is missing and returns its folder."""

    def __init__(self, cache: Path | None = None) -> None:
        chosen = cache or Path(os.environ.get("HERO_STACK_CACHE") or ROOT / ".cache" / "stack")
        self.cache = chosen.absolute()

    def all(self) -> None:
        for fetch in (self.kafka, self.debezium, self.registry, self.elasticsearch, self.s3):
            fetch()

    def kafka(self) -> Path:
        return self._from_pom("kafka")

    def debezium(self) -> Path:
        return self._from_pom("debezium")

    def s3(self) -> Path:
        return self._from_pom("s3")

    def registry(self) -> Path:
        return self._made("registry", REGISTRY, _unpack_registry)

    def elasticsearch(self) -> Path:
        """`lib` (class path), `modules` and `plugins`, as a home folder of Elasticsearch has them."""
        sources = sorted((HERE / "java").rglob("*.java"))
        recipe = [*sources, HERE / "poms/elasticsearch/pom.xml", HERE / "poms/compiler/pom.xml", Path(__file__)]
        return self._made("elasticsearch", "".join(map(_text, recipe)), self._assemble_elasticsearch)

    def _assemble_elasticsearch(self, folder: Path) -> None:
        jars = self._from_pom("elasticsearch", "elasticsearch-jars")
        compiler = self._from_pom("compiler")
        for name in ("lib", f"modules/{NETTY_MODULE}", f"plugins/{STACK_PLUGIN}"):
            (folder / name).mkdir(parents=True)
        for jar in jars.glob("*.jar"):
            os.link(jar, folder / _place(jar.name) / jar.name)
        compile_sources(compiler, jars, HERE / "java/launcher", folder / "lib/launcher.jar")
        compile_sources(compiler, jars, HERE / "java/analysis", folder / f"plugins/{STACK_PLUGIN}/{STACK_PLUGIN}.jar")
        _describe(folder / f"modules/{NETTY_MODULE}", "org.elasticsearch.transport.netty4.Netty4Plugin")
        _describe(folder / f"plugins/{STACK_PLUGIN}", "herofactory.stack.StackPlugin")

    def _from_pom(self, pom: str, name: str | None = None) -> Path:
        file = HERE / "poms" / pom / "pom.xml"
        return self._made(name or pom, _text(file), lambda folder: copy_dependencies(file, folder))

    def _made(self, name: str, recipe: str, make: Callable[[Path], None]) -> Path:
        """`cache/name`, made anew unless its stamp is the recipe's; whole or not there."""
        folder, stamp = self.cache / name, hashlib.sha256(recipe.encode()).hexdigest()
        with self._locked(name):
            if _read(folder / ".stamp") != stamp:
                unfinished = self.cache / f"{name}.unfinished"
                for old in (folder, unfinished):
                    shutil.rmtree(old, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                (unfinished / ".stamp").write_text(stamp)
                unfinished.rename(folder)
        return folder

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        self.cache.mkdir(parents=True, exist_ok=True)
        with (self.cache / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _place(jar: str) -> str:
    """Elasticsearch refuses a class that both the class path and a plug-in bring."""
    if jar.startswith(("netty-", "transport-netty4")):
        return f"modules/{NETTY_MODULE}"
    return f"plugins/{STACK_PLUGIN}" if jar.startswith("lucene-analysis-nori") else "lib"


def _describe(folder: Path, classname: str) -> None:
    text = DESCRIPTOR.format(name=folder.name, version=ELASTICSEARCH_VERSION, classname=classname)
    (folder / "plugin-descriptor.properties").write_text(text)


def _unpack_registry(folder: Path) -> None:
    copy_artifact(REGISTRY, folder)
    [archive] = folder.glob("*.tar.gz")
    shutil.unpack_archive(archive, folder, filter="data")
    archive.unlink()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _read(path: Path) -> str | None:
    return _text(path) if path.exists() else None


if __name__ == "__main__":
    Parts().all()
