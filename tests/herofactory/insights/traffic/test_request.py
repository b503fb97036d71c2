from __future__ import annotations

from typing import Any

import pytest

from herofactory.insights.traffic.request import NoRequest, Request

ID = "01920000-0000-7000-8000-00000000000b"


def document(**changed: Any) -> dict[str, Any]:
    given = {"method": "GET", "route": "/r", "status": 200, "duration": 5, **changed}
    return {
        "event": {"duration": given["duration"]},
        "http": {
            "request": {"method": given["method"]},
            "response": {"status_code": given["status"]},
            "route": given["route"],
        },
    }


def test_a_request_is_what_figures_need_of_a_document() -> None:
    request = Request.of(ID, 7.9, document())
    assert request.row() == (ID, 7, "/r", "GET", 200, 5)
    assert request.shard == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"method": None},
        {"route": ""},
        {"route": "/\0"},
        {"status": "200"},
        {"status": 99},
        {"status": 600},
        {"duration": -1},
        {"duration": 1.5},
        {"duration": True},
        {"duration": 1 << 63},
    ],
)
def test_a_document_without_them_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(NoRequest):
        Request.of(ID, 0, document(**changed))


@pytest.mark.parametrize("wrong", [None, [], "text", {}, {"event": 1, "http": []}])
def test_what_is_no_document_is_refused(wrong: object) -> None:
    with pytest.raises(NoRequest):
        Request.of(ID, 0, wrong)


def test_a_route_is_no_longer_than_the_index_takes() -> None:
    assert len(Request.of(ID, 0, document(route="/" * 1000)).route) == 256
