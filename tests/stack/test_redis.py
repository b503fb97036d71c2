from __future__ import annotations

import uuid

import pytest
from redis import Redis as Client

from tests.stack.servers.redis import Redis

pytestmark = pytest.mark.stack


def test_a_value_is_kept_until_its_time_is_over(redis: Redis) -> None:
    key = uuid.uuid4().hex
    with Client.from_url(redis.url, decode_responses=True) as client:
        assert client.set(key, "마법검", ex=60, nx=True)
        assert client.set(key, "other", nx=True) is None
        assert client.get(key) == "마법검"
        assert 0 < client.ttl(key) <= 60

        client.pexpireat(key, 1)

        assert client.get(key) is None
