"""Expectations that many sources share. All of them let gaps pass, except `present`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from herofactory.quality.validation import expect

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
PERSON = r"^[0-9a-f]{16}$"
AHEAD_S = 300
"""Seconds that an event may lie in the future of the log's clock: two machines' clocks."""
LATE_S = 31 * 86_400
"""Seconds that it may be late: a machine was off for weeks, with events in its outbox or its spool."""
REPEATED = 0.5
"""Least share of event ids in a sample. Delivery is at least once, so some repeat; most repeating is a loop."""


def present(column: str, description: str) -> Any:
    return expect.ExpectColumnValuesToNotBeNull(column=column, description=description)


def absent(column: str, description: str) -> Any:
    return expect.ExpectColumnValuesToBeNull(column=column, description=description)


def uuid(column: str) -> Any:
    return matches(column, UUID, f"{column} is a UUID in lower case")


def person() -> Any:
    return matches("person", PERSON, "person is a pseudonym of 16 hexadecimal digits")


def matches(column: str, regex: str, description: str) -> Any:
    return expect.ExpectColumnValuesToMatchRegex(column=column, regex=regex, description=description)


def between(column: str, least: float | None, most: float | None, description: str) -> Any:
    return expect.ExpectColumnValuesToBeBetween(column=column, min_value=least, max_value=most, description=description)


def one_of(column: str, values: Collection[object], description: str) -> Any:
    return expect.ExpectColumnValuesToBeInSet(column=column, value_set=list(values), description=description)


def holds(column: str, description: str) -> Any:
    """Of a column that says whether something is so."""
    return one_of(column, [True], description)


def equal(a: str, b: str, description: str) -> Any:
    return expect.ExpectColumnPairValuesToBeEqual(
        column_A=a, column_B=b, ignore_row_if="either_value_is_missing", description=description
    )


def at_most(smaller: str, greater: str, description: str) -> Any:
    return expect.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=greater,
        column_B=smaller,
        or_equal=True,
        ignore_row_if="either_value_is_missing",
        description=description,
    )


def record(event_type: str) -> tuple[Any, ...]:
    """What holds for the records of every topic."""
    return (
        absent("undecodable", "the value can be decoded"),
        absent("header_problem", "it says who it is and when it was"),
        uuid("event_id"),
        one_of("event_type", [event_type], f"the event's type is {event_type}"),
        one_of("contents_of_event_id", [1], "one event id stands for one content"),
        expect.ExpectColumnProportionOfUniqueValuesToBeBetween(
            column="event_id", min_value=REPEATED, description="most event ids come once"
        ),
        between("lateness_s", -AHEAD_S, LATE_S, "it happened before the log took it, and not long before"),
    )
