"""The whole way of a replay on a running platform: search works after every step, and nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.platform import Platform, until
from tests.support.postgres import reachable_folder


class Shop:
    """A seller and an admin of a platform."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{platform.port}/api/v1", trust_env=False, timeout=10)
        self.seller, self.admin = (self._token(user, role) for user, role in (("s-1", "user"), ("a-1", "admin")))
        self.items = 0

    def sell(self, number: int = 1) -> None:
        for _ in range(number):
            self.items += 1
            item = {
                "name": f"불타는 검 {self.items}",
                "description": "용암에서 벼린 검.",
                "category": "weapon",
                "price": 100,
            }
            assert self.api.post("/items", json=item, headers=self.seller).status_code == 201

    def all_found(self) -> None:
        until(lambda: self._found() == self.items, f"{self.items} items are found; now {self._found()}")

    def replay(self, *arguments: str, status: int = 0) -> str:
        done = self.platform.hero("replay", *arguments)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def asked(self, path: str, body: Any = None) -> dict[str, Any]:
        """Over the API, once the worker has done it."""
        answer = self.api.post(path, json=body, headers=self.admin)
        assert answer.status_code == 202, answer.text
        replay_id = answer.json()["id"]
        return dict(until(lambda: self._done(replay_id), f"{path} is done"))

    def indexing(self) -> set[str]:
        """The agents that write to the search index."""
        agents = self.platform.hero_json("status")["agents"]
        return {name for name, agent in agents.items() if agent["state"] == "running" and name.startswith("indexing")}

    def only_writes(self, agent: str) -> None:
        """Parts tell how they are every few seconds."""
        until(lambda: self.indexing() == {agent}, f"{agent} alone writes; now {self.indexing()}")

    def now(self, replay: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.get(replay, headers=self.admin).json()
        return found

    def _done(self, replay_id: str) -> dict[str, Any] | None:
        found = self.now(f"/replays/{replay_id}")
        return None if found["wanted"] or found["state"] == "running" else found

    def _found(self) -> int:
        return int(self.api.get("/search", params={"q": "검"}).json()["total"])

    def _token(self, user: str, role: str) -> dict[str, str]:
        said = self.platform.hero("token", "issue", "--user", user, "--role", role).stdout
        return {"Authorization": f"Bearer {said.split()[-1]}"}


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """One for all: each test begins with whatever generation the other left in use, and no replays."""
    with reachable_folder(executable=True) as folder, Platform(folder / "data") as platform:
        shop = Shop(platform.serving())
        with shop.api:
            shop.sell(12)
            shop.all_found()
            yield shop


def test_the_search_index_is_made_again_swapped_rolled_back_and_cleaned(shop: Shop) -> None:
    (before,) = until(shop.indexing, "an agent writes")
    planned = shop.replay("plan", "search-index")
    after = next(f"indexing.g{number}" for number in range(2, 9) if f"generation {number}" in planned)
    assert "following" in shop.replay("run", "search-index")
    assert f"equal: {shop.items} entries" in shop.replay("verify", "search-index")
    assert shop.platform.hero_json("dlq", "list", after) == []

    shop.replay("swap", "search-index")
    shop.all_found()
    shop.sell()
    shop.all_found()

    shop.replay("rollback", "search-index")
    shop.all_found()  # what came after the swap is there

    shop.replay("swap", "search-index")
    shop.sell()
    assert f"equal: {shop.items} entries" in shop.replay("verify", "search-index")
    shop.replay("clean", "search-index")
    assert after != before
    shop.only_writes(after)
    shop.sell()
    shop.all_found()

    worker = shop.platform.pid_of("worker")
    next(each for each in shop.platform.processes() if each.pid == worker).kill()
    shop.sell()
    shop.all_found()
    shop.only_writes(after)
    assert "no replays" in shop.replay("status", "search-index")


def test_an_admin_has_it_done_over_the_api(shop: Shop) -> None:
    planned = shop.asked("/replays", {"target": "search-index", "source": "database"})
    assert planned["state"] == "planned", planned["cause"]
    of = f"/replays/{planned['id']}"
    for step, state in (("run", "following"), ("verify", "verified"), ("swap", "swapped"), ("clean", "cleaned")):
        after = shop.asked(f"{of}/{step}")
        assert after["state"] == state, after["cause"]
        shop.sell()
        shop.all_found()
    refused = shop.asked("/replays", {"target": "search-index", "options": {"a": "b"}})
    assert refused["state"] == "refused"
    assert "search-index has no options" in refused["cause"]
    shop.replay("clean", refused["id"])
    assert "no replays" in shop.replay("status")
    shop.replay("verify", "search-index", status=1)


def test_a_run_that_was_asked_for_outlives_the_worker_that_began_it(shop: Shop) -> None:
    planned = shop.asked("/replays", {"target": "search-index", "rate": 4})
    replay = f"/replays/{planned['id']}"
    assert shop.api.post(f"{replay}/run", headers=shop.admin).status_code == 202
    until(lambda: shop.now(replay)["state"] == "running", "the run begins")
    worker = shop.platform.pid_of("worker")
    next(each for each in shop.platform.processes() if each.pid == worker).kill()
    assert shop.now(replay)["wanted"] == "run"
    until(lambda: shop.now(replay)["state"] == "following", "the next worker goes on with it", 120)
    assert shop.asked(f"{replay}/clean")["state"] == "cleaned"
