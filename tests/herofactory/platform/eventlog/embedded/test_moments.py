from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.moments import first_since
from herofactory.platform.eventlog.port import OffsetRange, TopicConfig
from tests.support.embedded_log import embedded_log


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path_factory.mktemp("log"), [TopicConfig("t", 1, None)]) as log:
        yield log


@given(
    times=st.lists(st.integers(0, 30), max_size=20).map(sorted),
    holes=st.sets(st.integers(0, 19)),
    earliest=st.integers(0, 3),
    moment=st.integers(-1, 31),
)
def test_a_moment_is_found_across_holes(
    log: EmbeddedLog, times: list[int], holes: set[int], earliest: int, moment: int
) -> None:
    topic, held = log.topic_id("t"), OffsetRange(min(earliest, len(times)), len(times))
    rows = [
        (topic, 0, offset, float(at), None, None, None)
        for offset, at in enumerate(times)
        if offset not in holes and offset >= earliest
    ]
    log.call(lambda cursor: cursor.execute("DELETE FROM records"))
    log.call(lambda cursor: cursor.executemany("INSERT INTO records VALUES (?,?,?,?,?,?,?)", rows))
    expected = next((row[2] for row in rows if row[3] >= moment), held.end)
    assert log.look(lambda connection: first_since(connection, (topic, 0), held, float(moment))) == expected
