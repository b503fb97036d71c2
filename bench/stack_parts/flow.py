"""From commit to topic to search at a fixed rate."""

from __future__ import annotations

import os
import time
from typing import Any

from bench.spine_parts.api import word
from bench.spine_parts.figures import spread
from bench.stack_parts.platforms import Measured
from bench.stack_parts.selling import Sold, sell
from bench.stack_parts.watching import TOPICS, Seen, watching

PATIENCE_S = 25.0
FOLLOWED_PER_S = 50


def at_rate(platform: Measured, rate: float, seconds: float) -> dict[str, Any]:
    """Milliseconds: the seller's wait, and from the commit to each topic and to the first search that shows the item.

    Followed are all items, or as many a second as one visitor's first page shows at once. What does not arrive within
    PATIENCE_S counts as `missing`.
    """
    sold = Sold(word())
    follow_every = max(int(rate / FOLLOWED_PER_S), 1)
    with watching(platform.settings, platform.url, sold.mark) as seen:
        sell(platform.settings, sold, rate, max(int(rate * seconds), 1), follow_every)
        deadline = time.monotonic() + PATIENCE_S
        while not _complete(sold, seen) and time.monotonic() < deadline:
            time.sleep(0.05)
        drained_s = time.perf_counter() - max(sold.accepted.values())
    return {
        "items_per_s_wanted": rate,
        "items_per_s": round(sold.items / sold.took_s, 1),
        "items": sold.items,
        "followed": len(sold.accepted),
        "missing": len(sold.accepted.keys() - seen["search"].keys()),
        "last_accepted_to_all_searchable_s": round(drained_s, 2),
        "seller_waits_ms": spread([sold.accepted[each] - at for each, at in sold.wanted.items()]),
        **{f"commit_to_{topic}_ms": _between(sold.accepted, seen[topic]) for topic in TOPICS},
        "accepted_to_searchable_ms": _between(sold.accepted, seen["search"]),
        "put_up_to_searchable_ms": _between(sold.wanted, seen["search"]),
        "load": round(os.getloadavg()[0], 2),
    }


def _complete(sold: Sold, seen: Seen) -> bool:
    return all(sold.accepted.keys() <= there.keys() for there in seen.values())


def _between(begin: dict[str, float], end: dict[str, float]) -> dict[str, float]:
    return spread([end[each] - at for each, at in begin.items() if each in end] or [float("nan")])
