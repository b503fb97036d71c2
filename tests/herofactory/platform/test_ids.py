from __future__ import annotations

import time
import uuid

from herofactory.platform.ids import uuid7


def test_ids_of_one_process_are_in_order_and_distinct() -> None:
    ids = [uuid7() for _ in range(20_000)]
    assert ids == sorted(set(ids))


def test_an_id_is_a_uuid_of_version_7_and_carries_the_time() -> None:
    made = uuid7()
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert abs((made.int >> 80) - time.time() * 1000) < 60_000
