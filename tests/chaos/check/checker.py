"""The independent checker: what the platform must look like once it is quiet, seen from outside.

It shares nothing with the product but schemas/avro (tests/chaos/test_independence.py holds it to that). What is right
comes from what those who asked remember alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.chaos.check.evidence import Evidence
from tests.chaos.check.figures import check_figures
from tests.chaos.check.items import check_rows, check_served, rows_of
from tests.chaos.check.problems import Problems
from tests.chaos.check.studio import check_studio
from tests.chaos.check.topics import check_log, topics_of
from tests.chaos.memory import Memory


def check(evidence: Evidence, memory: Memory, artist: str) -> Sequence[str]:
    """What is wrong, each with the ids that it is about. `artist`: the token of who wished."""
    problems = Problems(list(memory.ledger.violations))
    rows, topics = rows_of(evidence, problems), topics_of(evidence.log, problems)
    check_rows(memory.ledger, rows, problems)
    check_served(evidence, memory.ledger, rows, problems)
    check_log(evidence.log, topics, memory.ledger, rows, problems)
    check_studio(evidence, topics, memory.wishes, artist, problems)
    check_figures(evidence, topics, memory.visits, problems)
    if left := evidence.rows("SELECT id::text, topic, key FROM outbox"):
        problems.add(f"the outbox still holds {left}")
    return problems.found
