from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.groups import Membership
from herofactory.platform.eventlog.port import GroupBusy, TopicConfig
from tests.support.embedded_log import embedded_log

MEMBER = """
import sys
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.eventlog.embedded.groups import Membership
log = EmbeddedLog(sys.argv[1])
log.call(Membership("group", "one", 60.0, 60.0, log.alive).join)
print("joined", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    with embedded_log(tmp_path, [TopicConfig("t", 2, None)]) as log:
        yield log


def test_a_killed_member_is_none_though_its_group_has_not_noticed(log: EmbeddedLog) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MEMBER, log.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "joined\n"
        assert log.members("group") == 1
        with pytest.raises(GroupBusy, match="1 live member,"):
            log.commit("group", "t", {0: 1})
        process.kill()
        process.wait()
    assert log.members("group") == 0
    log.commit("group", "t", {0: 1})
    assert log.committed("group", "t") == {0: 1}


def test_one_that_was_taken_for_dead_is_fenced_when_it_comes_back(log: EmbeddedLog) -> None:
    late = Membership("group", "late", 5.0, 5.0, log.alive)
    log.call(late.join)
    generation = log.call(lambda cursor: late.sync(cursor, b""))
    log.call(lambda cursor: cursor.execute("UPDATE members SET beat=beat-3600"))
    log.commit("group", "t", {0: 7})
    assert not log.call(lambda cursor: late.commit(cursor, generation, {(log.topic_id("t"), 0): 1}))
    assert log.committed("group", "t") == {0: 7}
    assert log.call(late.beat) is None
