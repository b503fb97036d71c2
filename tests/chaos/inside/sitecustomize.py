"""Python runs this first in every process of a platform whose PYTHONPATH names this folder: tests get inside by it.

HERO_CHAOS_CLOCK: a file that holds by how many seconds the wall clock of all processes is off; it may change any time.
HERO_CHAOS_BUG: bugs of bugs.py, between commas; each is planted into the module that it is about as soon as that is
imported. No two of them may be about one module.
"""

from __future__ import annotations

import os

if clock := os.environ.get("HERO_CHAOS_CLOCK"):
    from tests.chaos.inside.hands import set_off

    set_off(clock)
if bugs := os.environ.get("HERO_CHAOS_BUG"):
    from tests.chaos.inside.planting import plant

    for bug in bugs.split(","):
        plant(bug)
