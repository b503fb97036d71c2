"""Rows of `traffic_days` added up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from herofactory.insights.bucket import BUCKET_S
from herofactory.insights.traffic.durations import Histogram
from herofactory.insights.traffic.found import Found, Line, Tallied
from herofactory.platform.postgres.database import Row

_COUNT = np.dtype([("slot", ">i2"), ("bucket", ">i2"), ("number", ">i4")])
_FAILED = 5
_Key = tuple[str, str, int]
Numbers = NDArray[np.int64]


def added(rows: Sequence[Row], start: datetime, step: timedelta) -> Found:
    """`rows`: at least one, of days after `start`, the first point of the lines."""
    counts = np.frombuffer(b"".join(row["counts"] for row in rows), _COUNT)
    lengths = [len(row["counts"]) // _COUNT.itemsize for row in rows]
    keys = {key: n for n, key in enumerate(dict.fromkeys(map(_key, rows)))}
    of = np.repeat([keys[_key(row)] for row in rows], lengths)
    since = np.repeat([_seconds(row, start) for row in rows], lengths)
    point = (since + counts["slot"].astype(np.int64) * BUCKET_S) // int(step.total_seconds())
    bucket, number = counts["bucket"].astype(np.int64), counts["number"].astype(np.int64)
    durations = _table(point, bucket, number)
    return Found(
        [Tallied(*key, _histogram(row)) for key, row in zip(keys, _table(of, bucket, number), strict=True)],
        [line for key, row in zip(keys, _table(of, point, number), strict=True) for line in _lines(key, row)],
        {int(each): _histogram(durations[each]) for each in np.flatnonzero(durations.any(axis=1))},
    )


def _key(row: Row) -> _Key:
    return row["method"], row["route"], row["status_class"]


def _seconds(row: Row, start: datetime) -> int:
    return int((datetime.combine(row["day"], time(), UTC) - start).total_seconds())


def _table(rows: Numbers, columns: Numbers, numbers: Numbers) -> Numbers:
    """Sums; below 2**53 a float has them exactly."""
    height, width = int(rows.max()) + 1, int(columns.max()) + 1
    return np.bincount(rows * width + columns, numbers, height * width).astype(np.int64).reshape(height, width)


def _histogram(row: Numbers) -> Histogram:
    there = np.flatnonzero(row)
    return dict(zip(there.tolist(), row[there].tolist(), strict=True))


def _lines(key: _Key, row: Numbers) -> Iterator[Line]:
    method, route, status_class = key
    for index, requests in _histogram(row).items():
        yield Line(method, route, index, requests, requests if status_class == _FAILED else 0)
