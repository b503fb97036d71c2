"""Shapes of the catalogue in pictures from words alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from comfy_bridge.preview import PreviewRenderer
from tests.support.icons import octopuses
from tests.support.preview import decoded, silent, sketch, task


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return octopuses(tmp_path)


def test_a_shape_of_the_catalogue_names_its_author_and_licence(package: Path) -> None:
    image = PreviewRenderer(package).render(task("purple octopus"), silent)[0]
    assert image.credit is not None
    assert "'octopus' by Somebody" in image.credit
    assert "CC BY 3.0" in image.credit
    assert (decoded(image.png)[..., 3] > 127).mean() > 0.1


def test_a_sketch_needs_no_shape_and_no_credit(package: Path) -> None:
    assert PreviewRenderer(package).render(task("octopus", sketch("slime")), silent)[0].credit is None


def test_our_own_drawing_is_taken_unless_an_icon_shows_more_of_the_words(package: Path) -> None:
    renderer = PreviewRenderer(package)
    assert renderer.render(task("skull"), silent)[0].credit is None
    credit = renderer.render(task("pirate skull"), silent)[0].credit
    assert credit is not None
    assert "pirate-skull" in credit


def test_a_package_that_comes_later_is_found(package: Path) -> None:
    icons = package / "icons.json"
    icons.rename(package / "later")
    renderer = PreviewRenderer(package)
    assert renderer.render(task("octopus"), silent)[0].credit is None
    (package / "later").rename(icons)
    assert renderer.render(task("octopus"), silent)[0].credit is not None


def test_without_the_package_a_drawing_of_our_own_is_shown(tmp_path: Path) -> None:
    image = PreviewRenderer(tmp_path / "none").render(task("octopus"), silent)[0]
    assert image.credit is None
    assert (decoded(image.png)[..., 3] > 127).any()
