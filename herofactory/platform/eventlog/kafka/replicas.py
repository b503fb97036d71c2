"""Copies of topics: which brokers hold them, and which should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Replicas = Mapping[str, Mapping[int, Sequence[int]]]
"""Topic to partition to the brokers' ids, the preferred leader first."""


def differences(found: Replicas, factor: int) -> Mapping[str, int]:
    """Topics of which a partition has another number of copies, with that number."""
    counts = {topic: [len(holders) for holders in partitions.values()] for topic, partitions in found.items()}
    return {topic: min(each) for topic, each in counts.items() if any(count != factor for count in each)}


def reassignment(found: Replicas, brokers: Sequence[int], factor: int) -> dict[str, Any]:
    """What `kafka-reassign-partitions.sh --reassignment-json-file` takes: `factor` copies of every partition.

    Present copies stay where they are as far as they are wanted; new ones go to the brokers that hold least. Raises
    ValueError where there are fewer brokers than copies.
    """
    if factor > len(brokers):
        raise ValueError(f"{factor} copies need {factor} brokers; there are {len(brokers)}: {sorted(brokers)}")
    held = dict.fromkeys(sorted(brokers), 0)
    places = [(topic, partition) for topic in sorted(found) for partition in sorted(found[topic])]
    kept = {(t, p): [broker for broker in found[t][p] if broker in held][:factor] for t, p in places}
    for holders in kept.values():
        for broker in holders:
            held[broker] += 1
    for holders in kept.values():
        while len(holders) < factor:
            holders.append(min((each for each in held if each not in holders), key=lambda each: (held[each], each)))
            held[holders[-1]] += 1
    changed = [(t, p) for t, p in places if kept[t, p] != list(found[t][p])]
    return {"version": 1, "partitions": [{"topic": t, "partition": p, "replicas": kept[t, p]} for t, p in changed]}
