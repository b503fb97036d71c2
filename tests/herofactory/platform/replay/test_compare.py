"""Two generations side by side: nothing is overlooked, nothing is counted twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.platform.replay import compare as module
from herofactory.platform.replay.compare import LISTED, Comparison, Tally, compare, difference
from herofactory.platform.replay.target import Entry

pytestmark = pytest.mark.anyio

Held = dict[str, tuple[int, bytes]]
contents = st.dictionaries(
    st.text("abc가", min_size=1, max_size=3), st.tuples(st.integers(0, 2), st.sampled_from([b"x", b"y"])), max_size=12
)


def entries(held: Held) -> list[Entry]:
    return [Entry(f"scope-{id[0]}", id, *held[id]) for id in sorted(held)]


async def stream(listed: Sequence[Entry]) -> AsyncIterator[Entry]:
    for entry in listed:
        yield entry


async def compared(old: Held, new: Held) -> Comparison:
    comparison = Comparison()
    for pair in (await compare(stream(entries(old)), stream(entries(new)), comparison)).values():
        comparison.add(pair)
    return comparison


def run(old: Held, new: Held) -> Comparison:
    return asyncio.run(compared(old, new))


@given(contents, contents)
def test_every_difference_is_found_with_its_cause(old: Held, new: Held) -> None:
    found = {each.id: each.why for each in run(old, new).differences}
    wanted = dict.fromkeys(old.keys() - new.keys(), "missing") | dict.fromkeys(new.keys() - old.keys(), "extra")
    for id in old.keys() & new.keys():
        if old[id] != new[id]:
            wanted[id] = "revision" if old[id][0] != new[id][0] else "content"
    assert found == wanted


@given(contents, contents)
def test_hashes_are_equal_just_where_all_entries_are(old: Held, new: Held) -> None:
    comparison = run(old, new)
    assert (comparison.old.hash == comparison.new.hash) == (old == new)
    assert bool(comparison.differing_buckets) == (old != new)
    assert (comparison.old.entries, comparison.new.entries) == (len(old), len(new))


@given(contents, st.randoms(use_true_random=False))
def test_the_order_of_adding_changes_no_hash(held: Held, random: object) -> None:
    there, back = Tally(), Tally()
    listed = entries(held)
    for entry in listed:
        there.add(entry)
    for entry in reversed(listed):
        back.add(entry)
    assert there.buckets == back.buckets


@given(contents, contents, contents)
def test_what_was_settled_in_one_round_is_not_counted_in_the_next(old: Held, new: Held, later: Held) -> None:
    async def rounds() -> tuple[Comparison, set[str]]:
        comparison = Comparison()
        open_ = await compare(stream(entries(old)), stream(entries(new)), comparison)
        settled = comparison.equal
        still = await compare(stream(entries(later)), stream(entries(later)), comparison, set(open_))
        assert not still
        assert comparison.equal == settled + len(open_.keys() & later.keys())
        return comparison, set(open_)

    comparison, _ = asyncio.run(rounds())
    assert comparison.old.hash == comparison.new.hash


async def test_only_the_first_differences_are_listed_and_all_are_counted() -> None:
    comparison = await compared({}, {f"{number:05}": (1, b"") for number in range(LISTED + 5)})
    assert len(comparison.differences) == LISTED
    assert comparison.why == {"extra": LISTED + 5}


async def test_what_differs_beyond_all_bounds_is_not_held_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD", 2)
    comparison = Comparison()
    held = await compare(stream([]), stream(entries({f"{number}": (1, b"") for number in range(5)})), comparison)
    assert len(held) == 2
    assert comparison.differing == 3


async def test_entries_out_of_order_are_a_fault_and_no_difference() -> None:
    listed = [Entry("s", "b", 1, b""), Entry("s", "a", 1, b"")]
    with pytest.raises(ValueError, match="'a' came after 'b'"):
        await compare(stream(listed), stream([]), Comparison())


def test_an_id_and_a_revision_do_not_run_into_each_other() -> None:
    one, other = Tally(), Tally()
    one.add(Entry("s", "a", 11, b"1"))
    other.add(Entry("s", "a", 1, b"11"))
    assert one.hash != other.hash
    assert difference((Entry("s", "a", 1, b"x"), Entry("s", "a", 1, b"x"))) is None
