"""What `hero doctor` says of the parts that may be elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cli.check import Check
from cli.diagnosis import examine
from herofactory.platform.settings import Settings
from tests.stack.ports import free_port


def of_images(tmp_path: Path, **chosen: Any) -> Check:
    settings = Settings.model_validate({"data": tmp_path / "hero", "port": free_port(), **chosen})
    (found,) = (check for check in examine(settings) if check.name.startswith("images"))
    return found


def test_images_lie_in_the_data_folder_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    found = of_images(tmp_path)
    assert (found.name, found.verdict, found.found) == ("images (folder)", "ok", str(tmp_path / "hero" / "assets"))
    assert not (tmp_path / "hero" / "assets").exists()


def test_a_bucket_that_does_not_answer_is_told_of_without_its_secret(tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    keys = {"s3_access_key": "id", "s3_secret_key": "never-shown", "s3_region": "r"}
    found = of_images(tmp_path, asset_store="s3://images/hero", s3_endpoint=endpoint, **keys)
    assert (found.name, found.verdict) == ("images (HERO_ASSET_STORE)", "fail")
    assert "s3://images/hero" in found.found
    assert endpoint in found.found
    assert "never-shown" not in repr(found)
    assert "HERO_S3_" in found.fix
