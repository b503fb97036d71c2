"""The bar."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comfy_bridge.messages import Event
from comfy_bridge.progress import MOST, Progress

NODES = ("load", "one", "two", "save")


def bar() -> Progress:
    weights = {"load": 10.0, "one": 30.0, "two": 50.0, "save": 10.0}
    return Progress(weights, {"load": "loading", "one": "drawing", "two": "refining", "save": "finishing"})


def tell(progress: Progress, kind: str, **data: Any) -> float:
    progress.take(Event(kind, "p", data))
    return progress.percent


def test_a_second_pass_goes_on_where_the_first_one_ended() -> None:
    progress = bar()
    tell(progress, "executing", node="one")
    first = tell(progress, "progress", node="one", value=5, max=5)
    tell(progress, "executing", node="two")
    second = tell(progress, "progress", node="two", value=1, max=5)
    assert 30 < first < second < 60
    assert progress.stage == "refining"


def test_a_node_that_says_nothing_is_done_when_the_next_one_begins() -> None:
    progress = bar()
    tell(progress, "executing", node="load")
    assert tell(progress, "executing", node="one") > 10


def test_an_old_server_s_progress_is_of_the_node_that_runs() -> None:
    named, unnamed = bar(), bar()
    for progress in (named, unnamed):
        tell(progress, "executing", node="two")
    assert tell(named, "progress", node="two", value=2, max=4) == tell(unnamed, "progress", value=2, max=4)


def test_cached_nodes_count_at_once() -> None:
    assert tell(bar(), "execution_cached", nodes=["load", "one"]) > 40


def test_the_state_of_all_nodes_counts_like_their_steps() -> None:
    states = {"load": {"state": "finished", "value": 1, "max": 1}, "one": {"state": "running", "value": 1, "max": 2}}
    progress = bar()
    assert 25 < tell(progress, "progress_state", nodes=states) < 26
    assert progress.stage == "drawing"


def test_a_bar_is_full_only_with_the_pictures_here() -> None:
    progress = bar()
    for node in NODES:
        tell(progress, "executed", node=node)
    assert progress.percent == MOST < 100


numbers = st.one_of(st.none(), st.integers(-5, 50), st.floats(), st.text(max_size=2))
names = st.one_of(st.none(), st.sampled_from([*NODES, "unknown"]))
events = st.one_of(
    st.builds(lambda node: ("executing", {"node": node}), names),
    st.builds(lambda node: ("executed", {"node": node}), names),
    st.builds(lambda nodes: ("execution_cached", {"nodes": nodes}), st.one_of(st.none(), st.lists(names, max_size=4))),
    st.builds(lambda n, v, m: ("progress", {"node": n, "value": v, "max": m}), names, numbers, numbers),
    st.builds(
        lambda n, s, v, m: ("progress_state", {"nodes": {n: {"state": s, "value": v, "max": m}}}),
        st.sampled_from(NODES),
        st.sampled_from(["running", "finished", "pending", None]),
        numbers,
        numbers,
    ),
    st.just(("progress_state", {"nodes": None})),
)


@given(st.lists(events, max_size=40))
def test_it_never_falls_and_never_leaves_its_bounds(told: list[tuple[str, dict[str, Any]]]) -> None:
    progress, before = bar(), 0.0
    for kind, data in told:
        after = tell(progress, kind, **data)
        assert before <= after <= MOST
        before = after
