"""Plans, replays and verifications as tables and lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cli.options import console
from cli.tables.listing import Listing

if TYPE_CHECKING:
    from herofactory.platform.replay.plan import Plan
    from herofactory.platform.replay.replay import Replay
    from herofactory.platform.replay.verification import Verification

SHOWN = 20
"""Differences that are printed; `--json` has more."""


def show_plan(plan: Plan) -> None:
    columns = ("partition", "from", "to", "records", "bytes", "gap")
    spans = Listing("topic", *columns, numbers=columns, spare=("bytes",))
    for span in plan.spans:
        numbers = (span.partition, span.start, span.end, span.records, span.bytes, span.gap)
        spans.add(span.topic, *(f"{number:,}" for number in numbers))
    console.print(spans)
    for line in _about(plan):
        console.print(line)


def _about(plan: Plan) -> Iterator[str]:
    yield f"target: {plan.target}, generation {plan.generation}, from {plan.source}"
    if plan.rows:
        yield f"rows of the database: {plan.rows:,}"
    if plan.filter:
        yield f"filter: {plan.filter}"
    if plan.options:
        yield "options: " + ", ".join(f"{name}={value}" for name, value in plan.options.items())
    if not plan.complete:
        yield "a part only: it is not followed, and swapped in with --force alone"
    yield f"estimate: {_estimate(plan)} for {plan.records:,} records, measured on {plan.sampled:,}"
    if plan.cost.calls or plan.cost.stored:
        cost = plan.cost
        yield f"cost: {cost.calls:,} calls (at most {cost.micro_usd / 1e6:.2f} USD); {cost.stored:,} answers are stored"
    yield from (f"warning: {each}" for each in plan.warnings)
    yield from (f"refused: {each}" for each in plan.refusals)


def _estimate(plan: Plan) -> str:
    return "unknown" if plan.estimate_s is None else span_of(plan.estimate_s)


def show_replays(replays: Sequence[Replay]) -> None:
    columns = ("replay", "target", "gen", "state", "done")
    table = Listing(*columns, numbers=("gen", "done"), prose=("target",), spare=("gen", "done"))
    for each in replays:
        done = f"{each.done:,}/{each.total:,}"
        table.add(str(each.id), each.target, str(each.generation or ""), each.state, done)
    console.print(table)
    for each in replays:
        if each.wanted:
            console.print(f"{each.id}: `{each.wanted}` is asked for", soft_wrap=True)
        if each.cause:
            console.print(f"{each.id}: {each.cause}", soft_wrap=True)


def show_verification(found: Verification) -> None:
    console.print(
        f"generation {found.generation}: {found.new_entries:,} entries, hash {found.new_hash}\n"
        f"generation {found.against}: {found.old_entries:,} entries, hash {found.old_hash}\n"
        f"compared in {span_of(found.seconds)}, {found.rounds} round{'s' if found.rounds != 1 else ''}"
    )
    for each in found.differences[:SHOWN]:
        console.print(f"  {each['why']:<8} {each['id']}")
    for what, number in () if found.passed else found.changes.items():
        console.print(f"  would change: {what}: {number:,}")
    if found.differing > SHOWN:
        console.print(f"  and {found.differing - SHOWN:,} more: --json lists up to 1,000")
    console.print(found.verdict)


def span_of(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
