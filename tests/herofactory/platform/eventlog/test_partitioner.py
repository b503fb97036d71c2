from __future__ import annotations

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.eventlog.partitioner import partition_of


@given(st.binary(), st.integers(1, 100))
def test_a_key_lies_where_kafkas_clients_put_it(key: bytes, partitions: int) -> None:
    every = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, every, every)


def test_records_without_a_key_are_spread() -> None:
    assert {partition_of(None, 4) for _ in range(200)} == {0, 1, 2, 3}
