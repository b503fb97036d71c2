from __future__ import annotations

from fnmatch import fnmatch
from typing import Any

import pytest

from kibana.templates import component_templates, index_templates, mapped_fields
from kibana.views import VIEWS
from tests.kibana.records import ACCESS, INSIGHT, SET_ASIDE

STREAMS = {
    "logs-herofactory.access-default": (ACCESS, "30d"),
    "logs-herofactory.deadletter-default": (SET_ASIDE, "30d"),
    "metrics-herofactory.insights-default": (INSIGHT, "400d"),
}
# Of the templates for logs-*-* and metrics-*-* that Elasticsearch brings.
BUILT_IN = 100


def template_of(stream: str) -> dict[str, Any]:
    [only] = [each for each in index_templates().values() if fnmatch(stream, each["index_patterns"][0])]
    return only


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_has_every_field_that_is_written_and_no_other(stream: str) -> None:
    assert mapped_fields(template_of(stream)["index_patterns"][0]).keys() == STREAMS[stream][0].keys()


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_is_kept_as_long_as_told(stream: str) -> None:
    assert template_of(stream)["template"]["lifecycle"] == {"data_retention": STREAMS[stream][1]}


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_makes_itself_by_our_template(stream: str) -> None:
    template = template_of(stream)
    assert template["data_stream"] == {}
    assert template["priority"] > BUILT_IN
    # Compose lets no index come by itself but logs.
    assert template["allow_auto_create"] is True


def test_every_part_exists_and_is_used() -> None:
    used = {name for each in index_templates().values() for name in each["composed_of"]}
    assert used == component_templates().keys()


def test_every_stream_is_seen_by_one_data_view() -> None:
    assert {view.title for view in VIEWS} == {each["index_patterns"][0] for each in index_templates().values()}


def test_a_field_that_nobody_named_refuses_no_document() -> None:
    mappings = [each["template"]["mappings"] for each in component_templates().values()]
    assert [each["dynamic"] for each in mappings if "dynamic" in each] == [False]
