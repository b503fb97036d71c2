"""From the icon package to a folder that `hero catalog import` takes: catalogue.jsonl and images/*.png.

A build that was interrupted goes on where it stopped; a finished one is recognised by its stamp.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from herofactory.catalog.sample.items import Origin, SampleItem, sample_items
from herofactory.catalog.sample.package import package_version, read_author, read_icons
from herofactory.catalog.sample.render import to_png
from herofactory.glossary import Glossary
from herofactory.platform.postgres.launcher import die_with

WORKERS = 2
BATCH = 64
"""Images a worker draws at once: about 0.3 s of work."""
#: Raise when names, prices, texts or drawing change by code: a finished sample is then built anew.
BUILD = 1

Progress = Callable[[int, int], None]
"""Called with (images there, images in all)."""


@dataclass(frozen=True, slots=True)
class SampleStats:
    icons: int
    """Icons in the package."""
    items: int
    """Of these, with an honest Korean name: lines of catalogue.jsonl."""
    rendered: int
    """Images drawn by this call; 0 when everything was there."""


def build_sample(package: Path, out: Path, *, progress: Progress | None = None) -> SampleStats:
    """Build the sample from the unpacked icon package `package` into the folder `out`, which is the build's own.

    Raises PackageError for a package that cannot be used. Same package and glossary: same bytes.
    """
    glossary = Glossary.load()
    origin = Origin(package_version(package), read_author(package))
    stamp = _Stamp(out / "stamp.json", f"{BUILD} {origin.version} {glossary.fingerprint}")
    finished = stamp.finished()
    if finished and (out / "catalogue.jsonl").is_file():
        return finished
    if not stamp.begun():
        _clear(out)
        stamp.begin()
    icons = read_icons(package)
    items = list(sample_items(icons, glossary))
    rendered = _draw_missing(items, out, progress or _silent)
    _write(out / "catalogue.jsonl", "".join(_line(item, origin) for item in items).encode())
    stats = SampleStats(len(icons), len(items), rendered)
    stamp.finish(stats)
    return stats


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What a folder holds or is going to hold."""

    path: Path
    key: str

    def begun(self) -> bool:
        return self._content().get("key") == self.key

    def finished(self) -> SampleStats | None:
        content = self._content()
        stats = content.get("stats")
        if content.get("key") != self.key or not isinstance(stats, dict):
            return None
        return SampleStats(icons=stats["icons"], items=stats["items"], rendered=0)

    def begin(self) -> None:
        _write(self.path, json.dumps({"key": self.key}).encode())

    def finish(self, stats: SampleStats) -> None:
        _write(self.path, json.dumps({"key": self.key, "stats": asdict(stats)}).encode())

    def _content(self) -> dict[str, object]:
        try:
            content = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


def _clear(out: Path) -> None:
    (out / "catalogue.jsonl").unlink(missing_ok=True)
    shutil.rmtree(out / "images", ignore_errors=True)
    (out / "images").mkdir(parents=True)


def _line(item: SampleItem, origin: Origin) -> str:
    return json.dumps(item.fields(origin), ensure_ascii=False) + "\n"


def _draw_missing(items: Sequence[SampleItem], out: Path, progress: Progress) -> int:
    missing = [item for item in items if not (out / item.image).is_file()]
    there = len(items) - len(missing)
    progress(there, len(items))
    for count in _draw_batches(missing, out):
        there += count
        progress(there, len(items))
    return len(missing)


def _draw_batches(items: Sequence[SampleItem], out: Path) -> Iterable[int]:
    batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
    if len(batches) < 2:
        yield from (_draw(batch, out) for batch in batches)
        return
    # The drawing library holds the interpreter's lock, so threads would take turns. Spawned: forking a process
    # that runs threads (an event loop's executor) can deadlock the child.
    # A worker waits for work for ever when the process that gives it is killed: so it ends with that one.
    pool = ProcessPoolExecutor(
        WORKERS, multiprocessing.get_context("spawn"), initializer=die_with, initargs=(os.getpid(), signal.SIGKILL)
    )
    with pool:
        yield from pool.map(_draw, batches, [out] * len(batches))


def _draw(items: Sequence[SampleItem], out: Path) -> int:
    for item in items:
        _write(out / item.image, to_png(item.icon, item.name.category))
    return len(items)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, also when killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(content)
    partial.replace(path)


def _silent(_there: int, _total: int) -> None:
    pass
