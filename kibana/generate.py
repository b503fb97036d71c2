"""`python -m kibana.generate` writes the saved objects of `kibana/dashboards` to `kibana/herofactory.ndjson`."""

from __future__ import annotations

from pathlib import Path

from kibana.dashboards import DASHBOARDS
from kibana.saved_objects import ndjson, saved_objects
from kibana.views import VIEWS

FILE = Path(__file__).with_name("herofactory.ndjson")


def text() -> str:
    return ndjson(saved_objects(DASHBOARDS, VIEWS))


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(f"{FILE}: {len(text().splitlines())} saved objects")
