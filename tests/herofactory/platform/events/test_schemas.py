"""`schemas/released` holds every version that any log may hold records of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from herofactory.platform.events import EVENTS
from herofactory.platform.events.compat import check_backward

ROOT = Path(__file__).parents[4] / "schemas"
TOPICS = sorted(path.stem for path in (ROOT / "avro").glob("*.avsc"))


def released(topic: str) -> list[str]:
    files = sorted((ROOT / "released" / topic).glob("*.avsc"), key=lambda path: int(path.stem))
    return [file.read_text(encoding="utf-8") for file in files]


def test_every_schema_has_its_event_class() -> None:
    assert sorted(EVENTS) == TOPICS


@pytest.mark.parametrize("topic", TOPICS)
def test_a_schema_reads_everything_ever_released(topic: str) -> None:
    check_backward(topic, (ROOT / "avro" / f"{topic}.avsc").read_text(encoding="utf-8"), released(topic))


@pytest.mark.parametrize("topic", TOPICS)
def test_a_changed_schema_is_released_under_the_next_number(topic: str) -> None:
    current = json.loads((ROOT / "avro" / f"{topic}.avsc").read_text(encoding="utf-8"))
    assert json.loads(released(topic)[-1]) == current, (
        f"copy schemas/avro/{topic}.avsc to schemas/released/{topic}/<n+1>.avsc"
    )
