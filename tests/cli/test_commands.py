"""Commands against the running platform."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from cli.errors import FAILED
from streams.topics import TOPICS
from tests.support.platform import Platform, until


def line(number: int, **fields: object) -> str:
    item = {
        "external_id": f"sword-{number}",
        "name": f"불타는 검 {number}",
        "description": "불타는 검",
        "category": "weapon",
        "tags": ["검"],
        "price": 1000,
    }
    return json.dumps({**item, **fields}, ensure_ascii=False)


def searchable(platform: Platform, text: str) -> int:
    total: int = platform.hero_json("search", text)["total"]
    return total


def test_status_names_every_part_and_agent(platform: Platform) -> None:
    status = platform.hero_json("status")
    assert {part["name"]: part["state"] for part in status["parts"]} == {
        "postgres": "running",
        "relay": "running",
        "worker": "running",
        "bridge": "running",
        "api": "running",
    }
    assert {"moderation", "listing", "indexing"} <= status["agents"].keys()
    assert status["problems"] == []


def test_an_imported_catalogue_is_found_and_its_bad_lines_are_kept(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text("\n".join([line(1), line(2), "no json", line(3, category="spaceship")]), encoding="utf-8")
    report = platform.hero_json("catalog", "import", str(file), "--seller", "smith")
    assert (report["total"], report["created"], report["rejected"]) == (4, 2, 2)
    rejects = [json.loads(each) for each in Path(report["rejects"]).read_text(encoding="utf-8").splitlines()]
    assert [each["line"] for each in rejects] == [3, 4]
    until(lambda: searchable(platform, "불타는 검") == 2, "both swords are found")
    assert platform.hero_json("catalog", "import", str(file), "--seller", "smith")["unchanged"] == 2

    events = platform.hero("topics", "tail", "item.created", "-n", "2", "--json").stdout.splitlines()
    assert {json.loads(each)["value"]["seller_id"] for each in events} == {"smith"}
    assert platform.hero_json("dlq", "list") == []
    assert platform.hero_json("index", "rebuild")["documents"] >= 2
    assert searchable(platform, "불타는 검") == 2


def test_a_script_sees_an_import_of_which_nothing_was_taken(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text("no json\n" + line(1, category="spaceship"), encoding="utf-8")
    done = platform.hero("catalog", "import", str(file), "--json")
    assert done.returncode == FAILED
    assert json.loads(done.stdout)["rejected"] == 2
    assert f"no line could be imported; numbers and reasons: {file}.rejected.jsonl" in done.stderr

    file.write_text(line(7, name="은빛 방패") + "\nno json", encoding="utf-8")
    done = platform.hero("catalog", "import", str(file), "--seller", "smith")
    assert done.returncode == 0
    assert done.stdout == "2 lines: 1 created, 0 changed, 0 unchanged, 1 rejected\n"
    assert "warning: 1 of 2 lines were left out" in done.stderr

    file.write_text("", encoding="utf-8")
    assert platform.hero("catalog", "import", str(file)).returncode == 0


def test_what_is_piped_is_neither_folded_nor_cut(platform: Platform) -> None:
    lines = platform.hero("topics", "list", COLUMNS="40").stdout.splitlines()
    assert len(lines) == 1 + len(TOPICS)
    assert any("a moderator's decision through the outbox" in each for each in lines)


def test_a_token_opens_the_api(platform: Platform) -> None:
    token = platform.hero("token", "issue", "--user", "smith").stdout.splitlines()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    item = {"name": "강철 방패", "description": "튼튼한 방패", "category": "armor", "price": 2000}
    answer = httpx.post(f"http://127.0.0.1:{platform.port}/api/v1/items", json=item, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["seller_id"] == "smith"


def test_topics_are_listed_with_their_owner_and_applying_them_again_changes_nothing(platform: Platform) -> None:
    topics = {each["name"]: each for each in platform.hero_json("topics", "list")}
    assert topics["item.mirrored"]["compacted"]
    assert topics["item.created"]["owner"]
    assert platform.hero_json("topics", "apply")["topics"] == sorted(topics)


def test_the_doctor_finds_nothing_wrong_here(platform: Platform) -> None:
    checks = platform.hero_json("doctor")
    assert [check for check in checks if check["verdict"] == "fail"] == []


def test_what_runs_is_found_without_its_port(platform: Platform) -> None:
    """PORT set to nothing is the default, where nothing of ours listens."""
    from tests.support.platform import hero

    done = hero(["search", "없는말", "--json"], platform.folder, 0, PORT="")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["total"] == 0
