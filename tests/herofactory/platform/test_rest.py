from __future__ import annotations

import subprocess
import sys

from herofactory.platform.rest import Rest
from tests.support.clock import InstantClock


def test_a_rest_lasts_its_time_and_begins_anew_with_each_failure() -> None:
    clock = InstantClock()
    rest, seen = Rest(clock), []
    for clock.elapsed, failed in ((0.0, True), (0.5, True), (1.0, False), (1.49, False), (1.5, False)):
        seen.append(rest.is_on)
        if failed:
            rest.begin()
    assert seen == [False, True, True, True, False]


def test_the_redis_client_is_loaded_by_those_only_who_use_it() -> None:
    ports = ("platform.rate_limit", "platform.cache", "platform.progress", "accounts.token_store")
    program = "".join(f"import herofactory.{port}\n" for port in ports) + "import sys; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
