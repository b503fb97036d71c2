"""Messages of the socket, known and unknown."""

from __future__ import annotations

import json
import struct

from hypothesis import given
from hypothesis import strategies as st

from comfy_bridge.messages import Event, Preview, parse

JPEG = b"\xff\xd8\xff\xe0 picture"


def test_an_event_carries_its_job() -> None:
    assert parse('{"type": "executing", "data": {"node": "a", "prompt_id": "p"}}') == Event(
        "executing", "p", {"node": "a", "prompt_id": "p"}
    )


def test_an_event_without_a_job_belongs_to_none() -> None:
    event = parse('{"type": "executing", "data": {"node": "a"}}')
    assert isinstance(event, Event)
    assert event.prompt_id is None


def test_an_old_preview_belongs_to_whatever_runs() -> None:
    assert parse(struct.pack(">II", 1, 1) + JPEG) == Preview(JPEG, None)


def test_a_new_preview_names_its_job() -> None:
    about = json.dumps({"prompt_id": "p"}).encode()
    assert parse(struct.pack(">II", 4, len(about)) + about + JPEG) == Preview(JPEG, "p")


def test_a_new_preview_with_unreadable_metadata_belongs_to_nobody() -> None:
    assert parse(struct.pack(">II", 4, 3) + b"{{{" + JPEG) == Preview(JPEG, "")


def test_what_is_no_picture_is_no_preview() -> None:
    assert parse(struct.pack(">II", 1, 1) + b"<svg onload=...>") is None


def test_unencoded_previews_and_text_events_are_ignored() -> None:
    assert parse(struct.pack(">II", 2, 1) + JPEG) is None
    assert parse(struct.pack(">II", 3, 1) + b"text") is None


@given(st.one_of(st.text(), st.binary(), st.recursive(st.none() | st.text(), st.lists).map(json.dumps)))
def test_nothing_breaks_it(message: str | bytes) -> None:
    parse(message)


@given(st.dictionaries(st.sampled_from(["type", "data", "sid"]), st.one_of(st.none(), st.integers(), st.text())))
def test_no_json_breaks_it(fields: dict[str, object]) -> None:
    assert parse(json.dumps(fields)) is None
