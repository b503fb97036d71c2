"""The platform through one fault, from outside: a seller sells before, during and after it, and nothing may be lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import psutil

from cli.supervise import state
from tests.stack.seller import Seller
from tests.stack.server import Server
from tests.support.running import RunningPlatform

SEEN_S = 150.0
"""Until everything is as it was: far beyond what it takes, even where six servers share two busy cores."""
PIECES = 3
"""Sold in each phase, at least."""


@contextmanager
def trial(platform: RunningPlatform, tag: str, *, cuts: bool = False) -> Iterator[Seller]:
    """Inside, the fault has to begin and to end. `cuts`: it ends processes, and with them answers.

    Afterwards everything that was accepted is found, once, nobody got a wrong answer, and nothing ails.
    """
    with closing(Seller(platform.url, platform.token(tag), tag)) as seller:
        with seller.selling():
            goes_on_selling(platform, seller)
            yield seller
            goes_on_selling(platform, seller)
        _all_is_found_once(platform, seller)
        assert not seller.wrong, "\n".join(seller.wrong[:10])
        assert cuts or not seller.cut, f"{seller.cut} requests without an answer"
        until(platform, lambda: health(platform) == {"status": "ready"}, lambda: f"it says {health(platform)}")


@contextmanager
def down(*servers: Server) -> Iterator[None]:
    """As a crash ends them. At the end those that nobody has started meanwhile come back."""
    for server in servers:
        server.kill()
    try:
        yield
    finally:
        for server in servers:
            server.launch()
        for server in servers:
            server.wait()


def goes_on_selling(platform: RunningPlatform, seller: Seller) -> None:
    wanted = len(seller.accepted) + PIECES
    until(platform, lambda: len(seller.accepted) >= wanted, lambda: f"{dict(seller.answers)} {seller.wrong[:3]}")


def until(platform: RunningPlatform, condition: Callable[[], Any], told: Callable[[], str] = lambda: "") -> Any:
    """The first value that is true."""
    deadline = time.monotonic() + SEEN_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{told()}\n{platform.tail()}"
        time.sleep(0.1)
    return value


def health(platform: RunningPlatform) -> dict[str, Any]:
    """Empty while nobody answers."""
    return get(platform, "/health/ready")


def wait_until_ails(platform: RunningPlatform, *words: str) -> None:
    """Until health says `degraded`, for each of `words` with a reason that holds it."""

    def ails() -> bool:
        reasons = health(platform).get("reasons", [])
        return all(any(word in reason for reason in reasons) for word in words)

    until(platform, ails, lambda: f"it says {health(platform)}")


def get(platform: RunningPlatform, path: str) -> dict[str, Any]:
    try:
        answer = httpx.get(f"{platform.url}{path}", timeout=30, trust_env=False)
        told: dict[str, Any] = answer.json()
    except (httpx.TransportError, ValueError):
        return {}
    return told


def gauge(platform: RunningPlatform, name: str) -> float | None:
    """As Prometheus reads it."""
    text = httpx.get(f"{platform.url}/metrics", timeout=30, trust_env=False).text
    values = [float(line.split()[-1]) for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    return values[-1] if values else None


def kill_part(platform: RunningPlatform, name: str) -> None:
    """As a crash ends it; returns once there is another one."""
    before = part(platform, name)
    assert before
    before.kill()
    until(platform, lambda: (now := part(platform, name)) is not None and now.pid != before.pid)


def part(platform: RunningPlatform, name: str) -> psutil.Process | None:
    """None while it is not up."""
    for child in platform.supervisor.children():
        try:
            if child.cmdline()[-1:] == [name] and child.status() != psutil.STATUS_ZOMBIE:
                return child
        except psutil.Error:
            continue
    return None


def restarts(platform: RunningPlatform) -> dict[str, int]:
    """How often each part was started again."""
    run = state.read(platform.data)
    assert run
    return {each.name: each.restarts for each in run.parts}


def _all_is_found_once(platform: RunningPlatform, seller: Seller) -> None:
    accepted = sorted(seller.accepted)
    found: list[str] = []

    def is_all_found() -> bool:
        found[:] = sorted(item["id"] for item in seller.found())
        return set(accepted) <= set(found)

    until(platform, is_all_found, lambda: f"not found: {_named(seller, set(accepted) - set(found))}")
    assert found == accepted, "found twice, or what nobody was told of"
    held = seller.mine()
    assert sorted(item["id"] for item in held) == accepted
    assert len({item["name"] for item in held}) == len(held), "a repeated request made a second piece"


def _named(seller: Seller, ids: set[str]) -> list[str]:
    return sorted(f"{seller.accepted[each]} {each}" for each in ids)
