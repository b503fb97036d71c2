"""Jobs and prompts: each exactly one end, told once; a picture that was promised can be read and is that size."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from tests.chaos.check.events import Event
from tests.chaos.check.evidence import Evidence
from tests.chaos.check.problems import Problems
from tests.chaos.check.topics import Topics
from tests.chaos.wishes import Job, Wishes

ENDS = {
    "succeeded": "generation.completed",
    "failed": "generation.failed",
    "expired": "generation.failed",
    "cancelled": "generation.cancelled",
}
_JOBS = """SELECT g.id::text, g.state, g.cause, g.attempts, array(SELECT ARRAY[a.asset_id::text, a.kind]
              FROM generation_assets a WHERE a.generation_id = g.id ORDER BY a.ordinal) AS assets
             FROM generations g WHERE owner_id = %s"""
_PROMPTS = "SELECT id::text, text, state FROM prompts WHERE owner_id = %s"
_PNG = struct.Struct(">8s4x4sII")


def check_studio(evidence: Evidence, topics: Topics, wishes: Wishes, token: str, problems: Problems) -> None:
    """`token`: of the owner of `wishes`."""
    _check_jobs(evidence, topics, wishes, token, problems)
    rows = {row["id"]: row for row in evidence.rows(_PROMPTS, wishes.owner)}
    _same(rows, wishes.prompts, "prompt", problems)
    for topic in ("prompt.requested", "prompt.optimised"):
        _told_once(topic, topics[topic], wishes.prompts, problems)
    for id, row in rows.items():
        if row["state"] == "working" or row["text"] != wishes.prompts.get(id, row["text"]):
            problems.add(f"prompt {id} is {row}, wished for was {wishes.prompts.get(id)!r}")


def _check_jobs(evidence: Evidence, topics: Topics, wishes: Wishes, token: str, problems: Problems) -> None:
    rows = {row["id"]: row for row in evidence.rows(_JOBS, wishes.owner)}
    _same(rows, wishes.jobs, "job", problems)
    _told_once("generation.requested", topics["generation.requested"], wishes.jobs, problems)
    ended = _ended(topics)
    with evidence.http(token) as http:
        for id, row in rows.items():
            told = [event.topic for event in ended.get(id, ())]
            if told != [ENDS.get(row["state"])]:
                problems.add(f"job {id} is {row['state']} ({row['cause']}), told was {told}")
            if id in wishes.jobs:
                _check_cancelled(wishes.jobs[id], row, problems)
                _check_assets(http, wishes.jobs[id], row, ended.get(id, ()), problems)


def _same(rows: Mapping[str, Any], wanted: Mapping[str, Any], what: str, problems: Problems) -> None:
    problems.extend(f"{what} {id} was accepted, but is not there" for id in wanted.keys() - rows.keys())
    problems.extend(
        f"{what} {id} is there, but was asked for by no call of its own: {rows[id]}" for id in rows.keys() - wanted
    )


def _told_once(topic: str, events: Sequence[Event], wanted: Mapping[str, Any], problems: Problems) -> None:
    times = Counter(event.key for event in events)
    problems.extend(f"{topic} of {id} was told {times[id]} times" for id in wanted if times[id] != 1)
    problems.extend(f"{topic} of {id}, which nobody asked for" for id in times.keys() - wanted)


def _ended(topics: Topics) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for topic in sorted(set(ENDS.values())):
        for event in topics[topic]:
            found[event.key].append(event)
    return found


def _check_cancelled(job: Job, row: Mapping[str, Any], problems: Problems) -> None:
    """What was told of an end holds. A running job may still have come to another end before it was stopped."""
    if job.cancelled not in ("", "running", row["state"]):
        problems.add(f"job {job.id} was told {job.cancelled} when it was to be cancelled, and is {row['state']}")
    if not job.cancelled and row["state"] != "succeeded":
        problems.add(f"job {job.id} is {row['state']} ({row['cause']}), and nobody cancelled it")


def _check_assets(
    http: httpx.Client, job: Job, row: Mapping[str, Any], told: Sequence[Event], problems: Problems
) -> None:
    kinds = [kind for _, kind in row["assets"]]
    if (row["state"] == "succeeded") != bool(kinds) or len(set(kinds)) != len(kinds):
        problems.add(f"job {job.id} is {row['state']} and has the assets {row['assets']}")
        return
    ids = [id for id, _ in row["assets"]]
    if told and told[0].topic == "generation.completed" and list((told[0].value or {})["assets"]) != ids:
        problems.add(f"job {job.id} was told to have the assets {told[0].value}, it has {ids}")
    for number, id in enumerate(ids):
        answer = http.get(f"/api/v1/assets/{id}")
        if answer.status_code != 200:
            problems.add(f"asset {id} of job {job.id} answers {answer.status_code}")
        elif number == 0 and _size(answer.content) != (job.size, job.size):
            problems.add(f"the picture {id} of job {job.id} is {_size(answer.content)}, promised was {job.size}")


def _size(data: bytes) -> tuple[int, int] | None:
    """Of a PNG; None for what is none."""
    if len(data) < _PNG.size:
        return None
    magic, kind, width, height = _PNG.unpack_from(data)
    return (width, height) if (magic, kind) == (b"\x89PNG\r\n\x1a\n", b"IHDR") else None
