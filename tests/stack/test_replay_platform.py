"""Replays and dead letters the whole way through `hero`, on the real servers, while somebody sells."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import httpx
import pytest

from herofactory.platform.eventlog.kafka import KafkaLog
from herofactory.platform.records import Outgoing
from tests.stack.kafka_platform import on_servers
from tests.stack.seller import Seller
from tests.stack.servers.connect import Connect
from tests.stack.servers.elasticsearch import Elasticsearch
from tests.stack.servers.kafka import Kafka
from tests.stack.servers.postgres import Postgres
from tests.stack.servers.registry import Registry
from tests.stack.trial import goes_on_selling, health, trial, until
from tests.support.running import RunningPlatform

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]
WAY = {
    "plan": "planned",
    "run": "following",
    "verify": "verified",
    "swap": "swapped",
    "rollback": "rolled_back",
    "swap again": "swapped",
    "clean": "cleaned",
}
"""Steps, and what the replay is after each."""
TERMS = ("달빛 갑옷", "은화살통", "번개 지팡이", "강철 투구", "독 단지", "황금 왕관", "서리 망토")
"""One for each step. Nobody else looks for them on these servers."""
VISITOR = "somebody-else"
"""Not the sellers of the other tests, whose many searches are no person's."""


@pytest.fixture(scope="module")
def platform(
    kafka: Kafka, connect: Connect, registry: Registry, elasticsearch: Elasticsearch, postgres: Postgres
) -> Iterator[RunningPlatform]:
    with on_servers(kafka, connect, registry, elasticsearch, postgres) as platform:
        platform.start("--no-sample", ready_s=120)
        # Before, there may be no index yet.
        until(platform, lambda: health(platform) == {"status": "ready"}, lambda: f"it says {health(platform)}")
        yield platform
        platform.stop()


def hero(platform: RunningPlatform, *arguments: str) -> Any:
    """What a command says as JSON; it has to succeed."""
    try:
        return json.loads(platform.hero(*arguments, "--json"))
    except subprocess.CalledProcessError as error:
        raise AssertionError(f"hero {arguments}: {error.stdout}{error.stderr}\n{platform.tail()}") from error


def step(platform: RunningPlatform, name: str, target: str) -> None:
    """Take it; the replay is what it should be then."""
    hero(platform, "replay", name.split()[0], target)
    newest = hero(platform, "replay", "status", target, *(["--all"] if name == "clean" else []))[0]
    assert newest["state"] == WAY[name], newest


def agents(platform: RunningPlatform) -> set[str]:
    """Labels of those that work."""
    return {name for name, agent in hero(platform, "status")["agents"].items() if agent["state"] == "running"}


def test_the_search_index_is_made_again_while_somebody_sells(platform: RunningPlatform) -> None:
    with trial(platform, "replay") as seller:
        for name in WAY:
            step(platform, name, "search-index")
            goes_on_selling(platform, seller)
            _all_is_found(platform, seller)
            if name == "run":
                until(platform, lambda: {"indexing", "indexing.g2"} <= agents(platform))
        assert not {"indexing"} & agents(platform)
    assert not seller.refused, "\n".join(seller.refused[:10])


def _all_is_found(platform: RunningPlatform, seller: Seller) -> None:
    accepted = set(seller.accepted)
    until(platform, lambda: accepted <= {item["id"] for item in seller.found()})


def test_figures_are_made_again_while_somebody_searches(platform: RunningPlatform) -> None:
    admin = {"Authorization": f"Bearer {platform.token('admin', 'admin')}"}
    with httpx.Client(base_url=f"{platform.url}/api/v1", timeout=30, trust_env=False) as client:

        def counted(terms: Sequence[str]) -> bool:
            asked = {"raw": "true", "limit": "100"}
            found = client.get("/insights/searches/popular", params=asked, headers=admin).raise_for_status().json()
            searches = {each["term"]: each["searches"] for each in found["items"]}
            return {term: searches.get(term) for term in terms} == dict.fromkeys(terms, 1)

        for number, name in enumerate(WAY):
            step(platform, name, "insights")
            client.get("/search", params={"q": TERMS[number], "session": VISITOR}).raise_for_status()
            until(platform, partial(counted, TERMS[: number + 1]))
    assert not {"insights", "traffic"} & agents(platform)


def test_what_cannot_be_read_goes_back_to_whom_it_failed_and_is_dropped(
    platform: RunningPlatform, kafka: Kafka
) -> None:
    """Also where a later generation has taken the agent's place."""
    with closing(KafkaLog(kafka.bootstrap)) as log:
        (at,) = log.publish([Outgoing("item.mirrored", b"no-item", b"no event")])
    place = f"item.mirrored:{at.partition}:{at.offset}"

    def letters(*more: str) -> dict[str, Any]:
        return {each["id"]: each for each in hero(platform, "dlq", "list", *more)}

    def reasons() -> str:
        return " ".join(health(platform).get("reasons", []))

    def of(agent: str) -> str | None:
        return next((each for each in letters(agent) if each.endswith(f":{place}")), None)

    mine, *others = (
        until(platform, partial(of, agent), lambda: f"there are {list(letters())}")
        for agent in ("indexing", "similarity", "answers")
    )
    until(platform, lambda: "dead letters" in reasons())
    assert hero(platform, "dlq", "redrive", "indexing", "--id", mine)["sent"] == 1
    until(platform, lambda: letters("indexing").get(mine, {}).get("redriven") == 1, lambda: f"it is {letters()}")
    assert [letters()[other]["redriven"] for other in others] == [0, 0]
    every = [argument for each in (mine, *others) for argument in ("--id", each)]
    assert hero(platform, "dlq", "drop", *every, "--reason", "no event") == {"dropped": 3}
    assert not {mine, *others} & letters().keys()
    assert {mine, *others} <= letters("--state", "dropped").keys()
    until(platform, lambda: "dead letters" not in reasons(), reasons)
