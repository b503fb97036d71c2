"""Percentiles of samples and of Prometheus histograms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families


def quantile(samples: Sequence[float], q: float) -> float:
    """The smallest sample that at least the share `q` of all does not exceed. Raises ValueError without samples."""
    if not samples:
        raise ValueError("no samples")
    return sorted(samples)[max(math.ceil(q * len(samples)), 1) - 1]


def histogram_quantile(buckets: Sequence[tuple[float, float]], q: float) -> float | None:
    """From (upper bound, cumulative count), ascending; linear within the bucket, as Prometheus does. None when empty.

    What lies beyond the last finite bound is told as that bound.
    """
    if not buckets or not buckets[-1][1]:
        return None
    rank = q * buckets[-1][1]
    for (low, before), (high, upto) in pairwise([(0.0, 0.0), *buckets]):
        if upto >= rank:
            return low if math.isinf(high) else low + (high - low) * (rank - before) / max(upto - before, 1e-9)
    return None


def buckets_of(exposition: str, name: str) -> list[tuple[float, float]]:
    """The buckets of a histogram in Prometheus' text format, over all its labels."""
    counts: dict[float, float] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples if family.name == name else ():
            if sample.name == f"{name}_bucket":
                bound = float(sample.labels["le"])
                counts[bound] = counts.get(bound, 0.0) + sample.value
    return sorted(counts.items())
