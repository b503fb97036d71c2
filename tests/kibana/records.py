"""The fields that the writers of the data streams write: the API's access log and the hourly export of insights."""

from __future__ import annotations

from typing import Any

ACCESS = {
    "@timestamp": "2026-03-04T05:06:07.890Z",
    "event.id": "019cb7e5-7d12-7000-8000-000000000001",
    "event.kind": "event",
    "event.dataset": "herofactory.access",
    "event.duration": 12_345_678,
    "event.outcome": "success",
    "http.request.method": "GET",
    "http.request.referrer": "https://store.example/search",
    "http.response.status_code": 200,
    "http.route": "/api/v1/search",
    "url.path": "/api/v1/search",
    "trace.id": "0af7651916cd43dd8448eb211c80319c",
    "client.ip": "203.0.113.0",
    "user_agent.original": "Mozilla/5.0",
    "user.hash": "b1946ac92492d234",
    "labels.session": "591785b794601e21",
    "herofactory.query": "마법검",
    "herofactory.query_id": "019cb7e5-7d12-7000-8000-000000000002",
    "herofactory.total": 12,
    "herofactory.item_id": "019cb7e5-7d12-7000-8000-000000000003",
    "herofactory.item_name": "전설의 마법검",
    "herofactory.code": "NOT_FOUND",
    "service.name": "herofactory-api",
    "service.version": "0.1.0",
    "log.level": "info",
    "ecs.version": "9.0.0",
}
INSIGHT = {
    "@timestamp": "2026-03-04T05:00:00.000Z",
    "window": "day",
    "figure": "popular",
    "term": "마법검",
    "item.id": "019cb7e5-7d12-7000-8000-000000000003",
    "item.name": "전설의 마법검",
    "people": 42,
    "searches": 60,
    "clicks": 20,
    "rank": 1,
    "previous_rank": 3,
    "score": 4.5,
    "expected": 8.25,
    "no_result_rate": 0.1,
    "click_through_rate": 0.4,
    "state": "open",
}
SET_ASIDE = {
    "@timestamp": "2026-03-04T05:06:08.000Z",
    "message": '{"half a line',
    "tags": ["not_an_access_record"],
    "log.file.path": "/var/log/herofactory/access.log",
    "log.offset": 1024,
    "error.type": "json",
    "error.message": "unexpected end of JSON input",
    "record": {"log": "what the mapping would refuse"},
}


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Dotted names as objects, which is how the lines are written."""
    found: dict[str, Any] = {}
    for name, value in flat.items():
        *parents, last = name.split(".")
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return found


def flat(document: dict[str, Any], parent: str = "") -> dict[str, Any]:
    """The other way round."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        found |= flat(value, f"{parent}{name}.") if isinstance(value, dict) else {f"{parent}{name}": value}
    return found
