"""Rate limits in Redis: one key per caller, which goes by itself when its bucket is full again."""

from __future__ import annotations

from herofactory.platform.rate_limit.port import RateLimiterUnavailable
from herofactory.platform.redis import RedisServer, RedisUnavailable

# The SQL function `take_token` in Lua: the key holds the time (seconds since the epoch) at which the bucket is full
# again. Numbers travel as text, because Redis cuts those that a script returns to whole ones; a microsecond of
# tolerance makes up for what the text cuts.
_TAKE = """
local time = redis.call('TIME')
local moment = time[1] + time[2] / 1e6
local step, burst = 1 / ARGV[1], tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), moment) + step
local wait = full_at - moment - burst * step
if wait > 1e-6 then
    return string.format('%.6f', math.max(wait, 0.001))
end
local kept_ms = string.format('%.0f', math.ceil((full_at - moment) * 1000))
redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'PX', kept_ms)
return '0'
"""


class RedisRateLimiter:
    """The generic cell rate algorithm in one script, by the server's clock: all processes share one count."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._take = server.script(_TAKE)

    async def take(self, key: str, rate: float, burst: int) -> float:
        try:
            return float(await self._take([self._server.key("rate", key)], rate, burst))
        except RedisUnavailable as error:
            raise RateLimiterUnavailable(str(error)) from error
