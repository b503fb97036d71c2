"""`hero insights` and `hero simulate` against the running platform, and their output alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cli.errors import CliError
from cli.simulations import Simulation, Simulations
from cli.tables import insights, rates
from cli.tables.sparkline import sparkline
from tests.support.platform import Platform, until

# Nobody else searches for these: what other tests look for on the same platform are real searches.
ITEMS = ["달빛 검", "얼음 검", "번개 활", "강철 도끼", "독 단검", "황금 창"]
SIMULATION = Simulation(1, "2026-05-04T00:00:00+00:00", 14, 100, 50, "a")


def test_simulated_traffic_is_shown_only_when_asked_for_and_can_be_taken_out_again(
    platform: Platform, tmp_path: Path
) -> None:
    file = tmp_path / "store.jsonl"
    lines = [
        {"external_id": f"simulated-{n}", "name": name, "description": name, "category": "weapon", "price": 1}
        for n, name in enumerate(ITEMS)
    ]
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    platform.hero_json("catalog", "import", str(file), "--seller", "simulation")
    until(lambda: platform.hero_json("search", "도끼")["total"], "the items are found")

    first = platform.hero_json("simulate", "--days", "0.5", "--visits", "200", "--people", "60")
    again = platform.hero_json("simulate", "--days", "0.5", "--visits", "200", "--people", "60")
    assert (first["events"], first["start"]) == (again["events"], again["start"])
    assert first["events"] > 100
    refused = platform.hero("simulate", "--days", "1", "--visits", "200", "--people", "60")
    assert (refused.returncode, "--visits 200" in refused.stderr) == (1, True)

    def popular(*more: str) -> set[str]:
        return {item["term"] for item in platform.hero_json("insights", "popular", "--raw", *more)["items"]}

    until(lambda: popular("--include", "simulated") & {*ITEMS}, "simulated figures")
    assert not popular() & {*ITEMS}
    said = platform.hero("insights", "missing", "--include", "simulated").stdout
    assert insights.SIMULATED in said
    assert platform.hero("insights", "quality").returncode == 0
    assert platform.hero("insights", "traffic", "--window", "hour").returncode == 0
    assert platform.hero_json("simulate", "--forget")["forgotten"] > 0
    until(lambda: not popular("--include", "simulated") & {*ITEMS}, "no simulated figures")


def test_a_seed_gives_the_same_time_again_and_nothing_else(tmp_path: Path) -> None:
    simulations = Simulations(tmp_path / "new")
    assert simulations.repeated(SIMULATION) == SIMULATION
    later = Simulation(1, "2026-05-05T00:00:00+00:00", 14, 100, 50, "a")
    assert Simulations(tmp_path / "new").repeated(later) == SIMULATION
    for other in (
        Simulation(1, later.start, 7, 100, 50, "a"),
        Simulation(1, later.start, 14, 101, 50, "a"),
        Simulation(1, later.start, 14, 100, 50, "another catalogue"),
    ):
        with pytest.raises(CliError, match="--seed"):
            simulations.repeated(other)
    another = Simulation(2, later.start, 7, 1, 1, "b")
    assert simulations.repeated(another) == another
    simulations.forget()
    assert simulations.all() == []


def test_a_sparkline_has_a_gap_where_nothing_is_known() -> None:
    assert sparkline([0, 7, None, 3.5]) == "▁█ ▅"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""
    assert len(sparkline(list(range(1000)))) == 30
    assert sparkline([1, 1, 8, 8], width=2) == "▂█"


def shown(table: Any, width: int = 200) -> str:
    console = Console(width=width, record=True, quiet=True)
    with console.capture() as captured:
        console.quiet = False
        console.print(table)
    return captured.get()


FOUND = {"window": "day", "from": "a", "to": "b", "simulated": False, "has_simulated": False, "raw": False}


def test_a_rank_shows_how_it_changed() -> None:
    rows = [("up", 3, "▲2"), ("down", 1, "▼1"), ("same", 3, "–"), ("new", None, "new")]
    ranks = {"up": 1, "down": 2, "same": 3, "new": 4}
    items = [
        {"rank": ranks[change], "previous_rank": before, "change": change, "term": f"[b]{change}", "people": 1234,
         "searches": 2, "series": [1, 2]}
        for change, before, _ in rows
    ]  # fmt: skip
    lines = shown(insights.popular({**FOUND, "items": items})).splitlines()
    for line, (change, _, arrow) in zip(lines[2:], rows, strict=True):
        assert arrow in line
        assert f"[b]{change}" in line
        assert "1,234" in line


def test_a_request_is_told_in_one_line_of_a_usual_terminal() -> None:
    row = {
        "requests": 1234,
        "rate": 0.5,
        "error_rate": 0.0,
        "refused": 2,
        "p50_ms": 1.5,
        "p95_ms": 20.0,
        "p99_ms": 300.0,
    }
    route = {**row, "method": "GET", "route": "/api/v1/generations/{job_id}/events", "series": [1] * 24}
    text = shown(rates.traffic({**FOUND, "total": row, "series": [1] * 24, "items": [route]}), width=110)
    assert any("GET /api/v1/generations/{job_id}/events" in line and "1,234" in line for line in text.splitlines())


def test_an_empty_list_says_that_there_is_simulated_traffic() -> None:
    assert "nothing yet" in shown(insights.trending({**FOUND, "items": []}))
    hinted = shown(insights.trending({**FOUND, "has_simulated": True, "items": []}))
    assert "--include simulated" in hinted


def test_unknown_rates_are_no_zeros() -> None:
    names = ("people", "searches", "no_result_rate", "click_through_rate", "reformulation_rate", "mean_position",
             "mean_first_click_ms")  # fmt: skip
    text = shown(rates.quality({**FOUND, **dict.fromkeys(names), "points": []}))
    assert "0" not in text
    assert text.count("–") == len(names)


def test_generations_are_told_by_preset_and_why_they_failed() -> None:
    figures = {
        "people": 6,
        "requested": 1234,
        "completed": 9,
        "failed": 2,
        "cancelled": 0,
        "p50_s": 3.25,
        "p95_s": None,
    }
    causes = [{"cause": "TIMEOUT", "failed": 2}]
    found = {**FOUND, **figures, "points": [figures], "presets": [{**figures, "preset": "pixel"}], "causes": causes}

    text = shown(rates.generations(found))

    assert text.count("1,234") == 2
    assert "pixel" in text
    assert "failed by: TIMEOUT 2" in text
    assert "failed by" not in shown(rates.generations({**found, "causes": []}))
