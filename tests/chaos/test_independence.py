"""The checker shares nothing with what it checks but the schemas, so that no mistake is made twice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = {"api", "cli", "comfy_bridge", "connectors", "herofactory", "streams"}


def test_no_line_of_the_product_is_behind_the_checker() -> None:
    found = dict(reached(ROOT / "tests/chaos/check/checker.py", set()))
    assert len(found) > 5
    assert {file.name: names & PRODUCT for file, names in found.items() if names & PRODUCT} == {}


def reached(file: Path, seen: set[Path]) -> Iterator[tuple[Path, set[str]]]:
    """Each file of ours that `file` imports, directly or not, with the packages it imports."""
    seen.add(file)
    modules = set(imported(file))
    yield file, {module.split(".")[0] for module in modules}
    for module in modules:
        other = ROOT / (module.replace(".", "/") + ".py")
        if module.startswith("tests.") and other not in seen:
            yield from reached(other, seen)


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
