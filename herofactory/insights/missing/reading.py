"""Terms in vain over a range, gathered from their buckets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from herofactory.insights import people
from herofactory.insights.figures import reading
from herofactory.insights.figures.reading import TermFigures
from herofactory.insights.figures.scope import Scope
from herofactory.insights.missing.group import Group, merged
from herofactory.insights.missing.rules import CLEARLY_MORE, NO_CLICKS_PEOPLE
from herofactory.insights.missing.spelling import Written, heads
from herofactory.insights.window import Range
from herofactory.platform.events.search import MissingKind
from herofactory.platform.postgres.database import Connection, Row

_HEADS = 5_000
# By the index on (generation, simulated, term, bucket): most of these terms have few buckets.
_BUCKETS = """SELECT *, max(bucket) FILTER (WHERE searches > empty) OVER (PARTITION BY term) AS found_at
    FROM term_buckets WHERE generation = %s AND simulated = ANY(%s) AND term = ANY(%s)
    AND bucket >= %s AND bucket < %s"""
_GROUPS = f"""SELECT term, sum(searches) AS searches, sum(empty) AS empty, sum(clicked) AS clicked,
    string_agg(people, '') AS people, string_agg(empty_people, '') AS empty_people,
    coalesce(string_agg(empty_people, '') FILTER (WHERE found_at IS NULL OR bucket > found_at), '')
        AS lately_empty_people,
    jsonb_agg(forms) AS forms, min(bucket) AS first_at, max(bucket) AS last_at
    FROM ({_BUCKETS}) AS buckets GROUP BY term"""


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
    forms = await reading.forms(connection, scope, during, _common(every)) if groups else {}
    return await asyncio.to_thread(_judge, every, groups, forms, set(besides))


def _possible(figures: TermFigures) -> bool:
    return bool(figures.empty) or (not figures.clicked and figures.people >= NO_CLICKS_PEOPLE)


def _common(every: Iterable[TermFigures]) -> Sequence[str]:
    """Terms that others may be slips of, the most searched ones."""
    common = [figures for figures in every if figures.people >= CLEARLY_MORE]
    return [figures.term for figures in sorted(common, key=lambda figures: (-figures.people, figures.term))[:_HEADS]]


def _judge(every: Sequence[TermFigures], groups: Sequence[Group], forms: Mapping[str, str], besides: Set[str]) -> Vain:
    known = {
        each.term: Written(each.people, frozenset({forms[each.term]} if each.term in forms else ())) for each in every
    }
    empty = {group.term: frozenset(group.forms) for group in groups if group.kind(None) == "no_results"}
    known |= {term: Written(known[term].people, typed) for term, typed in empty.items() if term in known}
    slips = heads(empty.keys() & known.keys(), known)
    gathered = merged(groups, slips)
    # Slips of something that is found: it is there, whatever they find.
    there = {head for head in slips.values() if head not in empty}
    share = _click_share(every)
    kinds = {term: kind for term, group in gathered.items() if term in known and (kind := group.kind(share))}
    kinds = {term: kind for term, kind in kinds.items() if term not in there or kind == "no_clicks"}
    finding = {each.term: each.people for each in every if each.term not in empty and each.searches > each.empty}
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
        lately_empty_people=people.from_bytes(row["lately_empty_people"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
    )
