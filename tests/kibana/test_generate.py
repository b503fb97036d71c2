from __future__ import annotations

from kibana.generate import FILE, text


def test_the_saved_objects_are_those_of_the_definition() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "write them anew: python -m kibana.generate"


def test_writing_them_again_changes_nothing() -> None:
    assert text() == text()
