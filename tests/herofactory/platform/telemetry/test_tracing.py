from __future__ import annotations

import re

from herofactory.platform.telemetry.tracing import child_traceparent, trace_id_of

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def test_a_child_keeps_trace_and_flags_and_gets_a_span_of_its_own() -> None:
    child = child_traceparent(PARENT)
    assert child.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert child.endswith("-00")
    assert child != PARENT


def test_nonsense_starts_a_new_trace() -> None:
    for nonsense in (None, "", "hello", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "ff-1-2-3"):
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", child_traceparent(nonsense))


def test_the_trace_id_of_nonsense_is_none() -> None:
    assert trace_id_of("nonsense") is None
