"""How long requests took, as counts in buckets of equal ratio (the layout of DDSketch, Masson et al., VLDB 2019).

Bucket 0 holds what took 10 µs at most; bucket n what took up to 10 µs * RATIO**n. Counts of the same bucket add up,
over minutes, shards and routes, and give the same numbers in whichever order. A percentile is the middle of the bucket
that holds it, so it is off by ERROR at most: 2 % of its value.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

ERROR = 0.02
"""Largest relative error of a percentile between 10 µs and an hour."""
RATIO = (1 + ERROR) / (1 - ERROR)
SHORTEST_NS = 10_000
_LONGEST_NS = 3_600_000_000_000
_MS = 1_000_000

Histogram = Mapping[int, int]
"""Bucket to count."""


def _bounds() -> Sequence[float]:
    """Multiplied up rather than by logarithms: the same on every machine."""
    bounds = [float(SHORTEST_NS)]
    while bounds[-1] < _LONGEST_NS:
        bounds.append(bounds[-1] * RATIO)
    return bounds


_BOUNDS = _bounds()
"""Upper, inclusive; ns."""


def bucket_of(duration_ns: int) -> int:
    """What took more than an hour is in the last one."""
    return min(bisect_left(_BOUNDS, duration_ns), len(_BOUNDS) - 1)


def middle_ms(bucket: int) -> float:
    """As far, by ratio, from the one end as from the other."""
    if bucket == 0:
        return SHORTEST_NS / _MS
    low, high = _BOUNDS[bucket - 1], _BOUNDS[bucket]
    return 2 * low * high / (low + high) / _MS


def percentile_ms(histogram: Histogram, share: float) -> float | None:
    """By nearest rank: the least duration that at least `share` of all do not exceed. None where there are none."""
    total = sum(histogram.values())
    if not total:
        return None
    rank, passed = max(math.ceil(share * total), 1), 0
    for bucket in sorted(histogram):
        passed += histogram[bucket]
        if passed >= rank:
            return middle_ms(bucket)
    raise AssertionError("a rank beyond the last one")


def merged(histograms: Iterable[Histogram]) -> Histogram:
    total: Counter[int] = Counter()
    for histogram in histograms:
        total.update(histogram)
    return total


def to_array(histogram: Histogram) -> list[int]:
    """As `traffic_buckets.durations` holds it: bucket, count, bucket, count, by rising bucket."""
    return [number for bucket in sorted(histogram) for number in (bucket, histogram[bucket])]
