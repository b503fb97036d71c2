"""Terms in vain over a range, gathered from their buckets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from herofactory.insights import people
from herofactory.insights.figures import reading
from herofactory.insights.figures.reading import TermFigures
from herofactory.insights.figures.scope import Scope
from herofactory.insights.missing.group import Group, merged
from herofactory.insights.missing.rules import NO_CLICKS_PEOPLE
from herofactory.insights.missing.spelling import Written, heads
from herofactory.insights.window import Range
from herofactory.platform.events.search import MissingKind
from herofactory.platform.postgres.database import Connection, Row

# By the index on (generation, simulated, term, bucket): most of these terms have few buckets.
_GROUPS = """SELECT term, sum(searches) AS searches, sum(empty) AS empty, sum(clicked) AS clicked,
    string_agg(people, '') AS people, string_agg(empty_people, '') AS empty_people, jsonb_agg(forms) AS forms,
    min(bucket) AS first_at, max(bucket) AS last_at, max(bucket) FILTER (WHERE empty > 0) AS last_empty_at,
    max(bucket) FILTER (WHERE searches > empty) AS last_found_at
    FROM term_buckets WHERE generation = %s AND simulated = ANY(%s) AND term = ANY(%s) AND bucket >= %s AND bucket < %s
    GROUP BY term"""


@dataclass(frozen=True, slots=True)
class Vain:
    """What a range says about terms."""

    groups: Mapping[str, Group]
    """By term: of what is missing, and of what was asked for besides."""
    kinds: Mapping[str, MissingKind]
    """Of those that are missing."""
    finding: Mapping[str, int]
    """People per term that finds something."""


async def vain(connection: Connection, scope: Scope, during: Range, besides: Sequence[str] = ()) -> Vain:
    """`connection`: of a `snapshot`. `besides`: terms to gather although they may not be missing."""
    every = [figures async for figures in reading.terms(connection, scope, during)]
    wanted = {figures.term for figures in every if _possible(figures)} | set(besides)
    groups = await _groups(connection, scope, during, sorted(wanted))
    return await asyncio.to_thread(_judge, every, groups, set(besides))


def _possible(figures: TermFigures) -> bool:
    return bool(figures.empty) or (not figures.clicked and figures.people >= NO_CLICKS_PEOPLE)


def _judge(every: Sequence[TermFigures], groups: Sequence[Group], besides: set[str]) -> Vain:
    known = {figures.term: figures.people for figures in every}
    written = {
        group.term: Written(len(group.people), frozenset(group.forms))
        for group in groups
        if group.empty and group.kind(None) == "no_results"
    }
    mine = heads(written, known)
    share = _click_share(every)
    gathered = merged(groups, mine)
    kinds = {term: kind for term, group in gathered.items() if term in known and (kind := group.kind(share))}
    # Slips of something that is found: it is there, whatever they find.
    found = {head for head in mine.values() if head not in written}
    kinds = {term: kind for term, kind in kinds.items() if term not in found or kind == "no_clicks"}
    finding = {each.term: each.people for each in every if each.term not in written and each.searches > each.empty}
    kept = {term: group for term, group in gathered.items() if term in kinds or term in besides}
    return Vain(kept, kinds, finding)


def _click_share(every: Iterable[TermFigures]) -> float | None:
    found = sum(figures.searches - figures.empty for figures in every)
    return sum(figures.clicked for figures in every) / found if found else None


async def _groups(connection: Connection, scope: Scope, during: Range, terms: Sequence[str]) -> Sequence[Group]:
    parameters = (scope.generation, scope.marks, terms, during.start, during.end)
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(_GROUPS.encode(), parameters)
        return [_group(row) for row in await cursor.fetchall()]


def _group(row: Row) -> Group:
    forms: Counter[str] = Counter()
    for each in row["forms"]:
        forms.update(each)
    return Group(
        term=row["term"],
        forms=forms,
        searches=int(row["searches"]),
        empty=int(row["empty"]),
        clicked=int(row["clicked"]),
        people=people.from_bytes(row["people"]),
        empty_people=people.from_bytes(row["empty_people"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
        last_empty_at=row["last_empty_at"],
        last_found_at=row["last_found_at"],
    )
