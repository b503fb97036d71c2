"""The data streams and every figure of the dashboards, on a real Elasticsearch. Kibana itself is in no package."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from elasticsearch import BadRequestError, ConflictError, helpers
from elasticsearch import Elasticsearch as Client

from kibana.dashboards import DASHBOARDS
from kibana.importing import put_templates
from kibana.model import Panel
from kibana.templates import mapped_fields
from tests.kibana.querying import figures, request_of
from tests.kibana.records import ACCESS, INSIGHT, SET_ASIDE, nested
from tests.stack.servers.elasticsearch import Elasticsearch

pytestmark = pytest.mark.stack
NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)
ACCESS_STREAM = "logs-herofactory.access-default"
SET_ASIDE_STREAM = "logs-herofactory.deadletter-default"
INSIGHTS_STREAM = "metrics-herofactory.insights-default"
STREAMS = {ACCESS_STREAM: "30d", SET_ASIDE_STREAM: "30d", INSIGHTS_STREAM: "400d"}
STATUSES = (200, 200, 200, 401, 404, 503)
FIGURES = ("popular", "trending", "missing", "item", "similar", "answered", "quality")
PANELS = {panel.id: panel for dashboard in DASHBOARDS for panel in dashboard.panels}


def requests() -> Iterator[dict[str, Any]]:
    for at in range(60):
        status = STATUSES[at % len(STATUSES)]
        route = ("/api/v1/search", "/api/v1/items/{item_id}")[at // len(STATUSES) % 2]
        yield ACCESS | {
            "@timestamp": (NOW + timedelta(minutes=at)).isoformat(),
            "event.id": f"request-{at}",
            "event.duration": (at + 1) * 1_000_000,
            "event.outcome": "success" if status < 400 else "failure",
            "http.response.status_code": status,
            "http.route": route,
            "client.ip": f"203.0.{at % 3}.0",
            "herofactory.total": at % 2,
        }


def insights() -> Iterator[dict[str, Any]]:
    for hour in range(3):
        for figure in FIGURES:
            for window in ("hour", "day"):
                yield INSIGHT | {
                    "@timestamp": (NOW + timedelta(hours=hour)).isoformat(),
                    "figure": figure,
                    "window": window,
                    "people": 40 + hour,
                    "rank": 3 - hour,
                    "state": "answered" if hour == 2 else "open",
                }


@pytest.fixture(scope="module")
def client(elasticsearch: Elasticsearch) -> Iterator[Client]:
    with httpx.Client(base_url=elasticsearch.url, timeout=30) as http:
        list(put_templates(http))
    with Client(elasticsearch.url, request_timeout=30) as client:
        documents = {ACCESS_STREAM: requests(), INSIGHTS_STREAM: insights(), SET_ASIDE_STREAM: iter([SET_ASIDE])}
        for stream, flat in documents.items():
            lines = ({"_op_type": "create", "_index": stream, "_source": nested(each)} for each in flat)
            _, refused = helpers.bulk(client, lines, refresh=True, raise_on_error=False)
            assert not refused, refused[0]
        yield client


def shown(client: Client, panel: Panel) -> list[dict[str, Any]]:
    return figures(panel, client.search(index=panel.view.title, body=request_of(panel)).body)


def objectless(fields: dict[str, str]) -> dict[str, str]:
    return {name: kind for name, kind in fields.items() if kind != "object"}


@pytest.mark.parametrize("stream", STREAMS)
def test_a_stream_came_by_itself_and_is_kept_as_long_as_told(client: Client, stream: str) -> None:
    # The API of data streams is a module that is not here; the cluster's state holds what it would tell.
    made = client.cluster.state(metric="metadata")["metadata"]["data_stream"]["data_stream"][stream]
    assert made["lifecycle"] == {"enabled": True, "data_retention": STREAMS[stream]}


@pytest.mark.parametrize("stream", STREAMS)
def test_the_mapping_is_the_templates(client: Client, stream: str) -> None:
    pattern = f"{stream.rpartition('-')[0]}-*"
    found = client.field_caps(index=stream, fields="*", include_unmapped=False)["fields"]
    kinds = {name: next(iter(each.values())) for name, each in found.items()}
    mapped = {name: each["type"] for name, each in kinds.items() if not each["metadata_field"]}
    assert objectless(mapped) == objectless(mapped_fields(pattern))


def test_a_line_that_comes_twice_is_refused_the_second_time(client: Client) -> None:
    line = nested(ACCESS | {"event.id": "twice", "@timestamp": "2020-01-01T00:00:00.000Z"})
    client.create(index=ACCESS_STREAM, id="twice", document=line)
    with pytest.raises(ConflictError):
        client.create(index=ACCESS_STREAM, id="twice", document=line)


def test_a_value_of_another_type_is_refused_and_then_kept_aside(client: Client) -> None:
    broken = nested(ACCESS | {"event.duration": "a while"})
    with pytest.raises(BadRequestError):
        client.create(index=ACCESS_STREAM, id="broken", document=broken)
    # As logstash/pipeline/rejected.conf writes it, with a `log` that is no object.
    aside = {**broken, "record": {"log": "text", "error": {"message": 1}}, "tags": ["rejected_by_elasticsearch"]}
    del aside["log"]
    assert client.create(index=SET_ASIDE_STREAM, id="broken", document=aside)["result"] == "created"


def test_a_field_that_nobody_named_is_kept_and_not_indexed(client: Client) -> None:
    line = nested(ACCESS | {"@timestamp": "2020-01-01T00:00:00.000Z", "herofactory.later": "x"})
    client.create(index=ACCESS_STREAM, id="later", document=line, refresh=True)
    found = client.search(index=ACCESS_STREAM, query={"ids": {"values": ["later"]}})["hits"]["hits"]
    assert found[0]["_source"]["herofactory"]["later"] == "x"
    assert not client.field_caps(index=ACCESS_STREAM, fields="herofactory.later")["fields"]


@pytest.mark.parametrize("name", PANELS)
def test_every_figure_of_every_panel_has_a_value(client: Client, name: str) -> None:
    found = shown(client, PANELS[name])
    assert found
    for label in found[0]:
        assert any(each[label] is not None for each in found), label


def test_requests_are_counted_by_class_of_status(client: Client) -> None:
    rows = shown(client, PANELS["api-answers"])
    [failed] = shown(client, PANELS["api-failed"])
    assert failed == {"5xx": 10}
    assert sum(each["Requests"] for each in rows) >= 60


def test_latency_is_that_of_the_records(client: Client) -> None:
    [row] = [each for each in shown(client, PANELS["errors-routes"]) if each["Answers"] == 5][:1]
    assert row["Last trace"] == ACCESS["trace.id"]
    [p95] = shown(client, PANELS["api-p95"])
    assert 50_000_000 < p95["p95"] <= 60_000_000


def test_the_last_value_is_the_newest(client: Client) -> None:
    [popular] = shown(client, PANELS["searches-popular"])
    assert popular == {"People": 42, "Searches": 60, "Clicks": 20, "Rank": 1, "Rank before": 3}
    [missing] = shown(client, PANELS["searches-missing"])
    assert missing["State"] == "answered"
