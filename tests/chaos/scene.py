"""A platform at work, and everybody who works with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.chaos.artist import Artist
from tests.chaos.catalogue import Catalogue
from tests.chaos.check.checker import check
from tests.chaos.check.evidence import Evidence
from tests.chaos.check.quiet import wait_quiet, wait_stored, wait_written
from tests.chaos.client import Client
from tests.chaos.faults import READY_S, Faults
from tests.chaos.least import done, wait_enough
from tests.chaos.memory import ARTIST, Memory
from tests.chaos.options import SEED
from tests.chaos.prober import Prober
from tests.chaos.visitors import Visitors
from tests.support.running import RunningPlatform, data_folder

HERE = Path(__file__).parent
INSIDE = os.pathsep.join((str(HERE / "inside"), str(HERE.parents[1])))
"""Of PYTHONPATH: sitecustomize.py, and what it imports."""
QUIET_S = 60.0
"""Within which something must get on. A worker killed without leaving its groups holds its partitions for 10 s."""
Disk = Callable[[], AbstractContextManager[Path]]
TOLD = 15
"""Problems that are printed."""
ROLES = {ARTIST: "user", "chaos-client": "user", "chaos-moderator": "moderator", "chaos-admin": "admin"}
SETTINGS = {
    # Compaction and retention under fire too, not only once a minute.
    "HERO_MAINTENANCE_INTERVAL_S": "5",
    # One address asks for everybody here, for hours.
    "HERO_READ_RATE": "10000",
    "HERO_WRITE_RATE": "10000",
    "HERO_TOKEN_TTL_S": "86400",
    "HERO_MODERATION": "local",
    "HERO_PROMPTS": "local",
    "COMFYUI_URL": "",
}


class Scene:
    def __init__(self, platform: RunningPlatform, folder: Path, clock: Path) -> None:
        self.platform, self.memory = platform, Memory()
        ledger, url = self.memory.ledger, platform.url
        self._artist_token, client, moderator, self._admin_token = tokens(platform, ROLES)
        self.client = Client(url, client, moderator, ledger, SEED + 1)
        self.prober = Prober(url, ledger, self.memory.wishes, SEED + 2)
        self.catalogue = Catalogue(platform, folder, ledger, SEED + 3)
        self.artist = Artist(url, self._artist_token, self.memory.wishes, SEED + 4)
        self.visitors = Visitors(url, self.memory.visits, SEED + 5)
        self.faults = Faults(platform, self.catalogue, clock, SEED + 6)
        for each in (*self._actors, self.catalogue):
            each.start()

    @property
    def _actors(self) -> tuple[Client, Artist, Visitors, Prober]:
        return self.client, self.artist, self.visitors, self.prober

    @property
    def evidence(self) -> Evidence:
        """As it is now: a restarted database has another port."""
        return Evidence.of(self.platform.dsn(), self.platform.url, self.platform.data, self._admin_token)

    def check_actors(self) -> None:
        """Raises AssertionError where one has given up."""
        for actor in self._actors:
            assert actor.failure is None, f"{actor.name}: {actor.failure}"

    def finish(self) -> str:
        """Let everybody come to an end, wait until the platform is quiet, check everything; returns what was done."""
        quiet = self.settle()
        problems = self.problems()
        told = "\n".join(problems[:TOLD])
        assert not problems, f"{len(problems)} problems:\n{told}"
        return f"{self.told()}; quiet after {quiet:.1f} s"

    def settle(self, within_s: float = QUIET_S) -> float:
        """All have done their last call and nothing is on its way; returns the seconds that took."""
        took = self.settle_written(within_s)
        self.prober.finish()
        took += wait_stored(self.evidence, within_s)
        self.faults.let_time_pass()
        return took + wait_quiet(self.evidence, within_s)

    def settle_written(self, within_s: float = QUIET_S) -> float:
        """The same, but for what was looked at: the prober goes on."""
        wait_enough(self.memory)
        self.faults.settle()
        self.catalogue.finish()
        for actor in (self.client, self.artist, self.visitors):
            actor.finish()
        return wait_written(self.evidence, within_s)

    def problems(self) -> Sequence[str]:
        return check(self.evidence, self.memory, self._artist_token)

    def told(self) -> str:
        ledger = self.memory.ledger
        return (
            f"{ledger.acknowledged} acknowledged changes to {len(ledger.entries)} items: {dict(done(self.memory))}, "
            f"{self.client.repeated + self.artist.repeated} calls repeated, {self.catalogue.killed} imports killed, "
            f"{self.prober.answers} probes ({self.prober.unanswered} unanswered)"
        )


def tokens(platform: RunningPlatform, roles: Mapping[str, str]) -> list[str]:
    """One for each user; all commands at once, since each is mostly a start of Python."""
    asked = [platform.begin("token", "issue", "--user", user, "--role", role) for user, role in roles.items()]
    told = [each.communicate()[0] for each in asked]
    assert not any(each.returncode for each in asked), told
    return [each.split()[-1] for each in told]


@contextmanager
def scene(folder: Path, settings: Mapping[str, str] | None = None, disk: Disk = data_folder) -> Iterator[Scene]:
    """`folder`: for the catalogue that is imported. `disk`: where the platform's data lie.

    On an error they stay there, as is printed.
    """
    clock = folder / "clock"
    clock.write_text("0", encoding="ascii")
    path = os.pathsep.join(filter(None, (INSIDE, os.environ.get("PYTHONPATH"))))
    inside = {"PYTHONPATH": path, "HERO_CHAOS_CLOCK": str(clock)}
    with disk() as data:
        platform = RunningPlatform(data, {**SETTINGS, **inside, **(settings or {})})
        try:
            platform.start("--no-sample", ready_s=READY_S)
            acting = Scene(platform, folder, clock)
            yield acting
            platform.stop()
        except BaseException:
            print(f"seed {SEED}; data kept in {data}\n{platform.tail()}")
            raise
        finally:
            platform.end()
            platform.output.unlink(missing_ok=True)
