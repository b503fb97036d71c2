from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from herofactory.assets.folder import FolderStore
from herofactory.catalog.importing import Importer, ImportReport
from herofactory.catalog.service import Catalog
from herofactory.platform.outbox import Outbox
from herofactory.platform.postgres.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
def importer(database: Database, outbox: Outbox, tmp_path: Path) -> Importer:
    store = FolderStore(tmp_path / "assets")
    return Importer(database, Catalog(outbox), store, image_bytes=1_000_000, image_pixels=1_000_000)


def entry(number: int, **more: object) -> dict[str, object]:
    return {"external_id": f"e{number}", "name": f"검 {number}", "category": "weapon", "price": number, **more}


def write(path: Path, *entries: object) -> Path:
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in entries), encoding="utf-8")
    return path


async def rows(database: Database) -> list[dict[str, object]]:
    return await database.fetch("SELECT external_id, name, revision, content_revision, image_id FROM items ORDER BY id")


async def topics(database: Database) -> list[str]:
    return [row["topic"] for row in await database.fetch("SELECT topic FROM outbox ORDER BY seq")]


async def test_every_line_becomes_an_item_and_an_event(importer: Importer, database: Database, tmp_path: Path) -> None:
    report = await importer.run(write(tmp_path / "c.jsonl", entry(1), entry(2)), "seller")
    assert report == ImportReport(total=2, created=2)
    assert [row["external_id"] for row in await rows(database)] == ["e1", "e2"]
    assert await topics(database) == ["item.created", "item.created"]


async def test_the_same_file_again_changes_nothing(importer: Importer, database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", entry(1), entry(2))
    await importer.run(path, "seller")
    before = await rows(database), await topics(database)
    assert await importer.run(path, "seller") == ImportReport(total=2, unchanged=2)
    assert (await rows(database), await topics(database)) == before


async def test_a_changed_line_changes_its_item_alone(importer: Importer, database: Database, tmp_path: Path) -> None:
    await importer.run(write(tmp_path / "c.jsonl", entry(1), entry(2)), "seller")
    report = await importer.run(write(tmp_path / "c.jsonl", entry(1), entry(2, name="도끼")), "seller")
    assert (report.changed, report.unchanged) == (1, 1)
    assert [(row["name"], row["content_revision"]) for row in await rows(database)] == [("검 1", 1), ("도끼", 2)]
    assert await topics(database) == ["item.created", "item.created", "item.updated"]


async def test_two_sellers_may_use_the_same_external_ids(importer: Importer, tmp_path: Path) -> None:
    path = write(tmp_path / "c.jsonl", entry(1))
    assert (await importer.run(path, "one")).created == 1
    assert (await importer.run(path, "two")).created == 1


async def test_bad_lines_are_kept_with_number_and_reason_and_the_good_ones_go_in(
    importer: Importer, tmp_path: Path
) -> None:
    path = write(tmp_path / "c.jsonl", entry(1), entry(2, price=-5), entry(3), entry(1, name="x"))
    report = await importer.run(path, "seller")
    assert (report.created, report.rejected) == (2, 2)
    rejected = [json.loads(line) for line in (tmp_path / "c.jsonl.rejected.jsonl").read_text().splitlines()]
    assert [(each["line"], each["error"]) for each in rejected] == [
        (2, "price: whole KRW from 0 to 1000000000, got -5"),
        (4, "external_id 'e1' stands in line 1 already"),
    ]


async def test_a_clean_import_leaves_no_reject_file(importer: Importer, tmp_path: Path) -> None:
    await importer.run(write(tmp_path / "c.jsonl", entry(1)), "seller")
    assert not list(tmp_path.glob("*.rejected.jsonl"))


async def test_a_file_that_is_no_catalogue_leaves_no_reject_file(importer: Importer, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the first line must name the columns"):
        await importer.run(write(tmp_path / "c.csv", {"foo": 1}), "seller")
    assert not list(tmp_path.glob("*.rejected.jsonl"))


async def test_images_are_taken_in_and_broken_ones_reject_their_line(
    importer: Importer, database: Database, tmp_path: Path
) -> None:
    png = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(png, "PNG")
    (tmp_path / "good.png").write_bytes(png.getvalue())
    (tmp_path / "bad.png").write_bytes(b"GIF89a no")
    path = write(
        tmp_path / "c.jsonl",
        entry(1, image="good.png"),
        entry(2, image="bad.png"),
        entry(3, image="none.png"),
        entry(4, image="good.png"),
    )
    report = await importer.run(path, "seller")
    assert (report.created, report.rejected) == (2, 2)
    first, last = await rows(database)
    assert first["image_id"] == last["image_id"] is not None


async def test_a_hundred_thousand_lines_with_one_in_a_hundred_bad(
    importer: Importer, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "big.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(1, 100_001):
            more = {"price": "free"} if number % 100 == 0 else {}
            file.write(json.dumps(entry(number, **more), ensure_ascii=False) + "\n")
    report = await importer.run(path, "seller")
    assert report == ImportReport(total=100_000, created=99_000, rejected=1_000)
    rejected = (tmp_path / "big.jsonl.rejected.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["line"] for line in rejected] == list(range(100, 100_001, 100))
    assert await importer.run(path, "seller") == ImportReport(total=100_000, unchanged=99_000, rejected=1_000)
    count = await database.fetch_one("SELECT count(*) AS n, count(*) FILTER (WHERE revision = 1) AS first FROM items")
    assert count == {"n": 99_000, "first": 99_000}
