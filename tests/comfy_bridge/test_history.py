"""Entries of /history."""

from __future__ import annotations

import pytest

from comfy_bridge.history import Entry, Output

IMAGE = {"filename": "a_00001_.png", "subfolder": "herofactory", "type": "output"}


def test_an_unknown_a_waiting_and_a_running_job_look_alike() -> None:
    assert Entry.parse({}, "p") is None
    assert Entry.parse({"other": {"outputs": {}}}, "p") is None


def test_a_success_has_its_files() -> None:
    entry = Entry.parse({"p": {"outputs": {"save": {"images": [IMAGE]}}, "status": {"status_str": "success"}}}, "p")
    assert entry == Entry({"save": (Output("a_00001_.png", "herofactory", "output"),)})


def test_an_interrupt_is_an_error_whose_last_message_says_so() -> None:
    status = {"status_str": "error", "messages": [["execution_start", {}], ["execution_interrupted", {"node_id": "1"}]]}
    entry = Entry.parse({"p": {"outputs": {}, "status": status}}, "p")
    assert entry is not None
    assert (entry.failed, entry.interrupted) == (True, True)


def test_an_error_keeps_what_the_server_said_for_the_judge_of_causes() -> None:
    status = {"status_str": "error", "messages": [["execution_error", {"exception_type": "X"}]]}
    entry = Entry.parse({"p": {"outputs": {}, "status": status}}, "p")
    assert entry is not None
    assert entry.error == {"exception_type": "X"}


def test_an_old_server_has_outputs_and_no_status() -> None:
    entry = Entry.parse({"p": {"outputs": {"save": {"images": [IMAGE]}}}}, "p")
    assert entry is not None
    assert not entry.failed


@pytest.mark.parametrize("odd", [None, [], {"p": None}, {"p": []}, {"p": "x"}])
def test_what_is_no_entry_is_none(odd: object) -> None:
    assert Entry.parse(odd, "p") is None


def test_odd_parts_of_an_entry_are_left_out() -> None:
    outputs = {"a": None, "b": {"images": None}, "c": {"images": 5}}
    for status in ({"messages": [1, ["x"]]}, {"messages": 5}, "fine", None):
        assert Entry.parse({"p": {"outputs": outputs, "status": status}}, "p") == Entry({"a": (), "b": (), "c": ()})
