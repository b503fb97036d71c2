"""docker-compose.yml as Compose reads it: variables filled in, anchors merged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
# `$$` is a dollar sign; ${NAME:-default}; ${NAME:?message when it is missing}
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


def variables() -> dict[str, set[str | None]]:
    """Every variable, and how it is asked for: `-` with a default, `?` required, None without either."""
    found: dict[str, set[str | None]] = {}
    for match in VARIABLE.finditer(FILE.read_text(encoding="utf-8")):
        if match["name"]:
            found.setdefault(match["name"], set()).add(match["kind"])
    return found


def interpolated(text: str, values: Mapping[str, str]) -> str:
    def fill(match: re.Match[str]) -> str:
        if not match["name"]:
            return "$"
        return values.get(match["name"]) or (match["rest"] if match["kind"] == "-" else "") or ""

    return VARIABLE.sub(fill, text)


@cache
def compose() -> Any:
    """With a value for every variable that is required."""
    required = {name: f"given-{name.lower()}" for name, kinds in variables().items() if "?" in kinds}
    return YAML(typ="safe", pure=True).load(interpolated(FILE.read_text(encoding="utf-8"), required))


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def one_shots() -> set[str]:
    """Services that run to their end at every start."""
    return {name for name, service in services().items() if str(service["restart"]).startswith("on-failure")}


def ours() -> dict[str, dict[str, Any]]:
    """Services that run the product's own image."""
    return {name: each for name, each in services().items() if str(each["image"]).startswith("herofactory:")}
