from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.records import Outgoing
from herofactory.platform.spool.disk import Disk
from herofactory.platform.spool.frame import encode, frames
from herofactory.platform.spool.limits import Limits

MESSAGES = st.builds(
    Outgoing,
    st.text(min_size=1, max_size=20),
    st.none() | st.binary(max_size=20),
    st.none() | st.binary(max_size=200),
    st.dictionaries(st.text(max_size=5), st.binary(max_size=9), max_size=3),
)


def message(number: int) -> Outgoing:
    return Outgoing("topic", None, str(number).encode() * 10)


def disk_in(folder: Path, torn: list[int] | None = None, limits: Limits | None = None) -> Disk:
    return Disk(folder, limits or Limits(), lambda: (torn if torn is not None else []).append(1))


def drained(disk: Disk) -> list[Outgoing]:
    out: list[Outgoing] = []
    while found := disk.peek(3):
        out += [each.message for each in found]
        disk.advance(found)
    return out


@given(st.lists(MESSAGES, max_size=5))
def test_a_message_comes_back_as_it_was(messages: list[Outgoing]) -> None:
    data = b"".join(map(encode, messages))
    assert [frame.message for frame in frames(data)] == messages


@given(st.lists(MESSAGES, min_size=1, max_size=4), st.data())
def test_damage_gives_a_true_beginning_and_never_an_error(messages: list[Outgoing], data: st.DataObject) -> None:
    whole = b"".join(map(encode, messages))
    cut = data.draw(st.integers(0, len(whole) - 1))
    found = [frame.message for frame in frames(whole[:cut])]
    assert found == messages[: len(found)]
    assert len(found) < len(messages)
    flipped = bytearray(whole)
    flipped[cut] ^= data.draw(st.integers(1, 255))
    found = [frame.message for frame in frames(bytes(flipped))]
    assert found == messages[: len(found)]
    assert len(found) < len(messages)


def test_a_torn_tail_is_left_out_and_counted(tmp_path: Path) -> None:
    disk_in(tmp_path).append([message(n) for n in range(5)])
    (file,) = tmp_path.glob("*.spool")
    file.write_bytes(file.read_bytes()[:-3])
    torn: list[int] = []
    disk = disk_in(tmp_path, torn)
    assert torn == [1]
    disk.append([message(9)])
    assert drained(disk) == [message(n) for n in (0, 1, 2, 3, 9)]


@pytest.mark.parametrize("content", [b"", b"HSP1", b"\0" * 30, b"something else entirely"], ids=repr)
def test_a_file_that_is_none_of_ours_is_no_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "000000000007.spool").write_bytes(content)
    disk = disk_in(tmp_path)
    disk.append([message(1)])
    assert drained(disk) == [message(1)]


def test_what_was_delivered_is_not_delivered_by_the_next_process(tmp_path: Path) -> None:
    disk = disk_in(tmp_path)
    disk.append([message(n) for n in range(5)])
    disk.advance(disk.peek(2))
    assert drained(disk_in(tmp_path)) == [message(n) for n in (2, 3, 4)]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_vanished_is_counted_and_passed_over(tmp_path: Path) -> None:
    torn: list[int] = []
    disk = disk_in(tmp_path, torn, Limits(segment_bytes=20))
    for n in range(3):
        disk.append([message(n)])
    sorted(tmp_path.glob("*.spool"))[0].unlink()
    assert drained(disk) == [message(1), message(2)]
    assert torn == [1]
    assert (disk.records, disk.size) == (0, 0)


def test_it_takes_as_much_as_there_is_room_for(tmp_path: Path) -> None:
    size = len(encode(message(1)))
    disk = disk_in(tmp_path, limits=Limits(disk_bytes=size * 3))
    assert disk.append([message(n) for n in range(5)]) == 3
    assert disk.append([message(9)]) == 0
    assert drained(disk) == [message(0), message(1), message(2)]
    assert disk.append([message(9)]) == 1
