from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.eventlog.kafka.replicas import Replicas, differences, reassignment

BROKERS = [1, 2, 3]


def test_only_topics_with_another_number_of_copies_differ() -> None:
    assert differences({"a": {0: [1, 2]}, "b": {0: [1, 2], 1: [3]}}, 2) == {"b": 1}


def test_new_copies_go_to_the_brokers_that_hold_least() -> None:
    assert reassignment({"a": {0: [1], 1: [1]}}, BROKERS, 2)["partitions"] == [
        {"topic": "a", "partition": 0, "replicas": [1, 2]},
        {"topic": "a", "partition": 1, "replicas": [1, 3]},
    ]


def test_more_copies_than_brokers_are_refused() -> None:
    with pytest.raises(ValueError, match="3 copies need 3 brokers; there are 1"):
        reassignment({"a": {0: [1]}}, [1], 3)


held = st.lists(st.sampled_from([1, 2, 3, 9]), min_size=1, max_size=4, unique=True)
clusters = st.dictionaries(st.sampled_from("abc"), st.dictionaries(st.integers(0, 3), held, max_size=4), max_size=3)


@given(clusters, st.integers(1, 3))
def test_afterwards_every_partition_has_that_many_copies_and_leaders_that_live_stay(
    found: Replicas, factor: int
) -> None:
    wanted = {
        (each["topic"], each["partition"]): each["replicas"]
        for each in reassignment(found, BROKERS, factor)["partitions"]
    }
    for topic, partitions in found.items():
        for number, before in partitions.items():
            after = wanted.get((topic, number), list(before))
            assert len(set(after)) == factor
            assert set(after) <= set(BROKERS)
            if before[0] in BROKERS:
                assert after[0] == before[0]
