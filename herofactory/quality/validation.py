"""The one door to Great Expectations.

It tells its makers of its use unless it is told not to, and shows progress on standard error: both are off before and
after it is loaded. Loading it takes 200 MB: only the process that runs suites does.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

# It reads this when it is imported, and again for every context.
os.environ["GX_ANALYTICS_ENABLED"] = "false"

with warnings.catch_warnings():
    # A module of Python's own that it still imports.
    warnings.filterwarnings("ignore", r"module 'sre_\w+' is deprecated", DeprecationWarning)
    import great_expectations as gx
    import pandas as pd
    from great_expectations import expectations as expect
    from great_expectations.data_context.types.base import ProgressBarsConfig

from herofactory.quality.result import Check
from herofactory.quality.suite import WHERE, Part, Row

__all__ = ["PLACES", "expect", "validate"]

PLACES = 5
"""Places of unexpected rows that are named."""
_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [WHERE],
    "include_unexpected_rows": False,
    "return_unexpected_index_query": False,
}


def validate(part: Part, rows: Sequence[Row]) -> list[Check]:
    """One check per expectation, in their order. Without rows there is nothing to check."""
    if not rows:
        return []
    # As objects: a column of numbers with a gap would become one of floats.
    frame = pd.DataFrame(list(rows), dtype=object)
    batch = _batches().get_batch(batch_parameters={"dataframe": frame})
    suite = gx.ExpectationSuite(name=part.source.name, expectations=list(part.expectations))
    found = batch.validate(suite, result_format=_FORMAT)
    places = {each.description: place for place, each in enumerate(part.expectations)}
    ordered = sorted(found.results, key=lambda each: places[each.expectation_config.description])
    return [_check(part.source.name, len(rows), result) for result in ordered]


@cache
def _batches() -> Any:
    """How frames come in. The context lives in memory and writes nothing."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return (
        context.data_sources.add_pandas("rows")
        .add_dataframe_asset("sample")
        .add_batch_definition_whole_dataframe("all")
    )


def _check(source: str, rows: int, found: Any) -> Check:
    config, result = found.expectation_config, found.result
    places = tuple(str(each[WHERE]) for each in result.get("unexpected_index_list") or ())
    return Check(
        source=source,
        description=config.description or config.type,
        expectation=config.type,
        met=bool(found.success),
        rows=rows,
        unexpected=result.get("unexpected_count"),
        places=places[:PLACES],
        problem=_problem(found.exception_info),
    )


def _problem(told: Any) -> str | None:
    """What was raised while it was checked: flat, or by metric."""
    if not told:
        return None
    for each in (told, *(value for value in told.values() if isinstance(value, dict))):
        if each.get("raised_exception"):
            return str(each.get("exception_message")).strip().splitlines()[0]
    return None
