"""`hero dlq` against the running platform: what an agent cannot read comes back to it, and is dropped in the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from cli.dead_letters import moment
from herofactory.platform.delivery import DeadLetter, Poison
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.records import Outgoing, Record
from tests.support.platform import Platform, until


@pytest.fixture
def broken(platform: Platform) -> Iterator[str]:
    """The name of a letter of the moderation agent, open."""
    with closing(EmbeddedLog(platform.folder / "log")) as log:
        (at,) = log.publish([Outgoing("item.created", b"no-item", b"no event")])
    name = f"moderation:item.created:{at.partition}:{at.offset}"
    until(lambda: name in [each["id"] for each in platform.hero_json("dlq", "list", "moderation")], "it is set aside")
    yield name
    platform.hero("dlq", "drop", "--id", name, "--reason", "a test's")


def test_a_letter_is_shown_redriven_counted_and_dropped(platform: Platform, broken: str) -> None:
    def letter() -> dict[str, object]:
        found: dict[str, object] = platform.hero_json("dlq", "show", broken)
        return found

    assert (letter()["class"], letter()["state"], letter()["value"]) == ("decode", "open", b"no event".hex())
    assert platform.hero_json("status")["agents"]["moderation"]["dead_letters"] == 1
    done = platform.hero_json("dlq", "redrive", "moderation", "--class", "decode", "--since", "1h")
    assert done == {"sent": 1, "refused": 0, "foreign": 0, "gone": 0}
    until(lambda: (letter()["redriven"], letter()["state"]) == (1, "open"), "it failed again")
    assert broken in platform.hero("dlq", "list").stdout.replace("\n", "").replace(" ", "")

    assert platform.hero_json("dlq", "drop", "--id", broken, "--reason", "no event at all") == {"dropped": 1}
    assert (letter()["state"], letter()["reason"]) == ("dropped", "no event at all")
    assert platform.hero_json("status")["agents"]["moderation"]["dead_letters"] == 0
    assert platform.hero_json("dlq", "list") == []
    assert [each["id"] for each in platform.hero_json("dlq", "list", "--state", "dropped")] == [broken]


def test_letters_of_one_generation_are_decided_on_alone(platform: Platform, broken: str) -> None:
    original = Record("item.created", 0, 1 << 40, b"no-item", b"no event", {}, 0.0)
    second = "moderation.g2"
    letter = DeadLetter.of("moderation", original, Poison("x"), attempts=1, at=datetime.now(UTC), label=second)
    with closing(EmbeddedLog(platform.folder / "log")) as log:
        log.publish([letter.to_outgoing()])
    name = f"{second}:item.created:0:{1 << 40}"

    def listed(agent: str) -> list[str]:
        return [each["id"] for each in platform.hero_json("dlq", "list", agent)]

    assert listed("moderation") == [broken, name]
    assert (listed("moderation.g1"), listed(second)) == ([broken], [name])
    assert platform.hero_json("dlq", "show", name)["agent"] == second
    assert platform.hero_json("dlq", "redrive", second)["sent"] == 1
    assert (listed("moderation"), listed(second)) == ([broken], [])
    assert platform.hero_json("dlq", "drop", "--id", name, "--reason", "a test's") == {"dropped": 1}
    assert "no agent 'moderation.g7'" in platform.hero("dlq", "list", "moderation.g7").stderr


def test_nothing_is_decided_on_all_letters_by_accident(platform: Platform) -> None:
    for words in (("redrive",), ("drop", "--reason", "x")):
        done = platform.hero("dlq", *words)
        assert done.returncode == 1
        assert "say --all" in done.stderr
    for words in (("redrive",), ("drop", "--reason", "x")):
        done = platform.hero("dlq", *words, "--id", "moderation:item.created:0:987654")
        assert (done.returncode, done.stdout) == (1, "")
        assert "no dead letter 'moderation:item.created:0:987654'" in done.stderr
    assert "no agent 'nobody'" in platform.hero("dlq", "list", "nobody").stderr
    assert json.loads(platform.hero("dlq", "redrive", "--all", "--json").stdout)["sent"] == 0


def test_times_are_told_as_such_or_as_how_long_ago() -> None:
    assert moment("2026-12-01") == datetime(2026, 12, 1, tzinfo=UTC)
    assert moment("2026-12-01T09:00+09:00") == datetime(2026, 12, 1, tzinfo=UTC)
    ago = moment("2h")
    assert ago is not None
    assert timedelta(hours=2) <= datetime.now(UTC) - ago < timedelta(hours=2, minutes=5)
    assert moment(None) is None
    with pytest.raises(ValueError, match="'noon' is no time: write"):
        moment("noon")
