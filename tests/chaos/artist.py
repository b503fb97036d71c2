"""Somebody who has pictures made, changes their mind, and asks for prompts."""

from __future__ import annotations

from collections.abc import Mapping

from tests.chaos.actor import Actor
from tests.chaos.wishes import Job, Wishes

TEXTS = ("불타는 검", "가죽 갑옷", "은 반지", "체력 물약", "철광석", "황금 왕관")
SIZES = (64, 96, 128)
"""Pixels along each side."""
OPEN = 2
"""Most jobs that wait at once. One user may have 20, but each is seconds of a processor that all share here."""
DOUBLED = 0.3
"""Share of the orders that are sent twice, as by somebody who did not get the answer."""


class Artist(Actor):
    pause_s = (0.3, 1.2)

    def __init__(self, url: str, token: str, wishes: Wishes, seed: int) -> None:
        super().__init__(url, seed, token)
        self._wishes = wishes
        self._open: list[Job] = []

    def step(self) -> None:
        choice = self.rng.random()
        if choice < 0.3:
            self._prompt()
        elif choice < 0.8 or not self._open:
            self._order()
        else:
            self._cancel(self._open.pop(self.rng.randrange(len(self._open))))

    def _wish(self, path: str, wish: Mapping[str, object]) -> str:
        """The id of what was asked for."""
        key = f"wish-{self.rng.randrange(2**60)}"
        answer = self.impatient("POST", path, (202,), key, DOUBLED, json=wish)
        self._wishes.doubled = self.doubled
        return str(answer.json()["id"])

    def _prompt(self) -> None:
        text = f"{self.rng.choice(TEXTS)} {self.rng.randrange(10**6)}"
        self._wishes.prompts[self._wish("/api/v1/prompts", {"text": text})] = text

    def _order(self) -> None:
        self._open = [job for job in self._open if not self._has_ended(job)]
        if len(self._open) >= OPEN:
            return
        size = self.rng.choice(SIZES)
        wish = {"text": self.rng.choice(TEXTS), "size": size, "seed": self.rng.randrange(1_000)}
        job = Job(self._wish("/api/v1/generations", wish), size)
        self._wishes.jobs[job.id] = job
        self._open.append(job)

    def _has_ended(self, job: Job) -> bool:
        answer = self.call("GET", f"/api/v1/generations/{job.id}", (200,)).json()
        return answer["state"] not in ("queued", "running")

    def _cancel(self, job: Job) -> None:
        answer = self.call("DELETE", f"/api/v1/generations/{job.id}", (200, 202))
        job.cancelled = answer.json()["state"]
