from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from herofactory.accounts.signing_key import SigningKey
from herofactory.assets.links import Link, LinkExpired, LinkInvalid, Links
from tests.support.clock import InstantClock

SWORD, SHIELD = UUID(int=1), UUID(int=2)
KEY = SigningKey(b"k" * 32)
TTL_S = 300


@pytest.fixture
def clock() -> InstantClock:
    return InstantClock()


def test_a_link_is_good_until_it_expires(clock: InstantClock) -> None:
    links = Links(KEY, TTL_S, clock)
    link = links.sign(SWORD)
    assert link.expires_at == clock.now() + timedelta(seconds=TTL_S)
    links.check(SWORD, link)
    clock.turn(TTL_S - 1)
    links.check(SWORD, link)
    clock.turn(1)
    with pytest.raises(LinkExpired):
        links.check(SWORD, link)


def test_a_link_is_for_one_image_and_one_installation(clock: InstantClock) -> None:
    link = Links(KEY, TTL_S, clock).sign(SWORD)
    with pytest.raises(LinkInvalid):
        Links(KEY, TTL_S, clock).check(SHIELD, link)
    with pytest.raises(LinkInvalid):
        Links(SigningKey(b"o" * 32), TTL_S, clock).check(SWORD, link)


def test_an_expired_link_with_a_later_date_is_none_of_ours(clock: InstantClock) -> None:
    links = Links(KEY, TTL_S, clock)
    with pytest.raises(LinkInvalid):
        links.check(SWORD, replace(links.sign(SWORD), expires=2**40))


@given(signature=st.text(max_size=40), expires=st.integers(0, 10**10))
def test_whatever_is_made_up_is_refused(signature: str, expires: int) -> None:
    with pytest.raises(LinkInvalid):
        Links(KEY, TTL_S, InstantClock()).check(SWORD, Link(expires, signature))
