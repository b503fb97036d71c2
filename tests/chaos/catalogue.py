"""A catalogue file that grows and changes, imported again and again while importers are killed."""

from __future__ import annotations

import json
import random
import subprocess
import threading
import time
from pathlib import Path

from tests.chaos.actor import PATIENCE_S
from tests.chaos.client import picture
from tests.chaos.drafts import Draft, draft
from tests.chaos.ledger import Entry, Ledger
from tests.support.running import RunningPlatform

SELLER = "chaos-import"
EDITS = 3
"""Lines that become something else with every edition of the file; as many others only get a new price."""
NEXT_S = 20.0
"""Within which the next import begins."""


class Catalogue(threading.Thread):
    """Imports edition after edition; an import that is killed is started again."""

    def __init__(self, platform: RunningPlatform, folder: Path, ledger: Ledger, seed: int) -> None:
        super().__init__(name="catalogue", daemon=True)
        self._platform, self._folder, self._ledger = platform, folder, ledger
        self._rng = random.Random(seed)
        self._lock = threading.Lock()
        self._wanted: list[Draft] = []
        self._known: list[Entry] = []
        self._more, self._enough = threading.Event(), threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self.failures: list[str] = []
        self.killed = 0

    def grow(self, lines: int) -> None:
        with self._lock:
            changed = self._rng.sample(range(len(self._wanted)), min(2 * EDITS, len(self._wanted)))
            for number in changed[:EDITS]:
                self._wanted[number] = draft(self._rng, bad=0.2)
            for number in changed[EDITS:]:
                self._wanted[number] = self._wanted[number].priced(self._wanted[number].price + 100)
            self._wanted += [draft(self._rng, bad=0.2) for _ in range(lines)]
        self._more.set()

    def run(self) -> None:
        while not (self._enough.is_set() and not self._more.is_set()):
            if self._more.wait(0.1):
                self._more.clear()
                edition = self._edition()
                while not self._imported():
                    if self._enough.is_set() and len(self.failures) > 20:
                        return
                self._acknowledge(edition)

    def finish(self) -> None:
        self._enough.set()
        self.join(PATIENCE_S)
        assert not self.is_alive(), f"the import does not come to an end: {self.failures[-3:]}"

    def kill(self, after_s: float) -> bool:
        """kill -9 of an import `after_s` after it began; False where none came to be or it was done before."""
        seen, deadline = self._process, time.monotonic() + NEXT_S
        while (process := self._process) is seen:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        assert process is not None
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.kill()
            self.killed += 1
            return True
        return False

    def _edition(self) -> list[Draft]:
        """Write the file: good lines, and one that is broken, one with a false image."""
        with self._lock:
            edition = list(self._wanted)
        images = self._folder / "images"
        images.mkdir(exist_ok=True)
        (images / "false.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
        lines = [
            '{"name": "no end',
            json.dumps({"name": "거짓 그림", "category": "weapon", "price": 1, "image": "images/false.png"}),
        ]
        for number, each in enumerate(edition):
            self._ledger.propose(each)
            image = images / f"{each.token}.png"
            if not image.exists():
                image.write_bytes(picture(self._rng.randrange(2**24)))
            lines.append(json.dumps({**each.body(), "external_id": str(number), "image": f"images/{image.name}"}))
        self._file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return edition

    @property
    def _file(self) -> Path:
        return self._folder / "catalogue.jsonl"

    def _imported(self) -> bool:
        self._process = self._platform.begin("catalog", "import", str(self._file), "--seller", SELLER, "--json")
        told, _ = self._process.communicate()
        if self._process.returncode == 0:
            return True
        self.failures.append(f"exit status {self._process.returncode}: {told.strip()[-500:]}")
        self._enough.wait(0.2)
        return False

    def _acknowledge(self, edition: list[Draft]) -> None:
        for entry, now in zip(self._known, edition, strict=False):
            if entry.draft != now:
                self._ledger.change(entry, now)
        self._known += [self._ledger.accept(each, None) for each in edition[len(self._known) :]]
