from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from herofactory.catalog.importing.rows import ImportRow, read_rows
from herofactory.catalog.sample import SampleStats, build_sample, fetch_package
from herofactory.catalog.sample import build as building
from herofactory.catalog.sample.package import NAME, read_icons

ICONS = ("broadsword", "flaming-arrow", "health-potion", "slavery-whip", "snowflake-1")


@pytest.fixture
def small(package: Path, tmp_path: Path) -> Path:
    """The real package cut down to a few icons, one of which must not be named."""
    folder = tmp_path / "package"
    folder.mkdir()
    for name in ("package.json", "info.json"):
        (folder / name).write_bytes((package / name).read_bytes())
    full = json.loads((package / "icons.json").read_bytes())
    full["icons"] = {name: full["icons"][name] for name in ICONS}
    (folder / "icons.json").write_text(json.dumps(full))
    return folder


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "catalogue.jsonl").read_text(encoding="utf-8").splitlines()]


def contents(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_every_nameable_icon_becomes_a_line_and_an_image(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert build_sample(small, out) == SampleStats(icons=5, items=4, rendered=4)
    assert [line["name"] for line in lines(out)] == ["브로드소드", "불타는 화살", "체력 물약", "눈 결정 1"]
    for line in lines(out):
        with Image.open(out / line["image"]) as image:
            assert image.size == (256, 256)


def test_every_line_can_be_imported(small: Path, tmp_path: Path) -> None:
    build_sample(small, tmp_path / "out")
    rows = list(read_rows(tmp_path / "out" / "catalogue.jsonl"))
    assert len(rows) == 4
    assert all(isinstance(row, ImportRow) and row.image is not None and row.image.is_file() for row in rows)


def test_attribution_names_set_author_licence_and_changes(small: Path, tmp_path: Path) -> None:
    build_sample(small, tmp_path / "out")
    line = lines(tmp_path / "out")[0]
    assert line["external_id"] == "game-icons:broadsword"
    assert line["attribution"]["author"] == "GameIcons (game-icons.net)"
    assert "'broadsword'" in line["attribution"]["source"]
    assert NAME in line["attribution"]["source"]
    assert line["attribution"]["licence"] == "CC BY 3.0"
    assert line["attribution"]["licence_url"] == "https://creativecommons.org/licenses/by/3.0/"
    assert line["attribution"]["changes"]


def test_two_builds_are_equal_to_the_byte(small: Path, tmp_path: Path) -> None:
    build_sample(small, tmp_path / "one")
    build_sample(small, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_finished_build_is_left_alone(small: Path, tmp_path: Path) -> None:
    build_sample(small, tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    assert build_sample(small, tmp_path / "out") == SampleStats(icons=5, items=4, rendered=0)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before


def test_an_interrupted_build_goes_on(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> bytes:
        raise KeyboardInterrupt

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(building, "_line", killed)
        with pytest.raises(KeyboardInterrupt):
            build_sample(small, out)
    assert not (out / "catalogue.jsonl").exists()
    (out / "images" / "broadsword.png").unlink()
    (out / "images" / "broadsword.png.part").write_bytes(b"half")
    assert build_sample(small, out).rendered == 1
    assert contents(out).keys() == {"catalogue.jsonl", "stamp.json"} | {line["image"] for line in lines(out)}


def test_another_glossary_or_package_builds_anew(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_sample(small, out)
    (out / "stamp.json").write_text('{"key": "0 0.0.1 0000"}')
    (out / "images" / "left-over.png").touch()
    assert build_sample(small, out).rendered == 4
    assert not (out / "images" / "left-over.png").exists()


def test_progress_counts_images(small: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    build_sample(small, tmp_path / "out", progress=lambda there, total: seen.append((there, total)))
    assert seen == [(0, 4), (4, 4)]


def test_many_images_are_drawn_by_several_processes(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "BATCH", 2)
    build_sample(small, tmp_path / "out")
    monkeypatch.setattr(building, "BATCH", 64)
    build_sample(small, tmp_path / "alone")
    assert contents(tmp_path / "out") == contents(tmp_path / "alone")


def test_every_icon_of_the_package_can_be_told_apart_by_its_name(package: Path) -> None:
    names = [icon.name for icon in read_icons(package)]
    assert len(set(names)) == len(names)
    assert fetch_package(package.parents[2]) == package
