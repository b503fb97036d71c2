"""Why a plan may not be carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from herofactory.platform.eventlog.port import TopicConfig
from herofactory.platform.replay.plan import Plan
from herofactory.platform.replay.target import Target
from streams.replay.request import Request
from streams.replay.snapshot import takes_snapshots

SHARE = 0.5
"""Of the time that tombstones are kept: a replay that takes longer could miss what was deleted meanwhile."""


def of(plan: Plan, request: Request, target: Target, configs: Sequence[TopicConfig]) -> Sequence[str]:
    """Of what the plan itself says; empty where nothing forbids it."""
    known = {config.name: config for config in configs}
    return [*_gaps(plan, known), *_tombstones(plan, known), *_costs(plan, request), *_snapshot(plan, target)]


def _gaps(plan: Plan, configs: Mapping[str, TopicConfig]) -> Iterator[str]:
    """Compaction takes only what a later record replaces."""
    if plan.accept_gap:
        return
    for topic, config in configs.items():
        spans = [span for span in plan.spans if span.topic == topic and span.gap and config.retention_s is not None]
        if spans:
            gone = sum(span.gap for span in spans)
            yield (
                f"{topic}: retention has taken {gone:,} of the records asked for (partitions "
                f"{', '.join(str(span.partition) for span in spans)}); --accept-gap makes do without them"
            )


def _tombstones(plan: Plan, configs: Mapping[str, TopicConfig]) -> Iterator[str]:
    for topic, config in configs.items():
        if config.compacted and (plan.estimate_s or 0.0) > SHARE * config.delete_retention_s:
            yield (
                f"it would take {plan.estimate_s:,.0f} s, and {topic} keeps tombstones for "
                f"{config.delete_retention_s:,.0f} s: more than half of that risks missing a deletion. Raise --rate or "
                "the topic's delete.retention.ms"
            )


def _costs(plan: Plan, request: Request) -> Iterator[str]:
    cost = plan.cost
    if cost.calls > request.max_calls:
        yield (
            f"{cost.calls:,} records have no stored result and would be asked for again; the budget allows "
            f"{request.max_calls:,} calls: state it with --max-calls"
        )
    if cost.micro_usd > request.max_micro_usd:
        yield (
            f"that may cost {cost.micro_usd / 1e6:.2f} USD; the budget is {request.max_micro_usd / 1e6:.2f}: state it "
            "with --max-usd"
        )


def _snapshot(plan: Plan, target: Target) -> Iterator[str]:
    if plan.source != "database":
        return
    if not takes_snapshots(target):
        yield f"{plan.target} cannot be made from the database, only from its topics"
    if not plan.complete:
        yield "a snapshot of the database has no places and no filter: leave --from, --to and --filter out"
