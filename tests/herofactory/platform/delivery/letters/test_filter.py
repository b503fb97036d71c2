"""What a filter asks for is something that a database can be asked."""

from __future__ import annotations

import pytest

from herofactory.platform.delivery.letters import LetterFilter, numbers
from herofactory.platform.delivery.letters.filter import parse_name
from herofactory.platform.postgres.database import Database


def test_a_name_is_an_agent_and_where_the_event_lies() -> None:
    assert parse_name("listing:item.moderated:3:12") == ("listing", "item.moderated", 3, 12)


@pytest.mark.parametrize(
    "name",
    [
        "listing",
        "a:t:1",
        "a:t:-1:0",
        "a:t:x:0",
        "a:t:2147483648:0",
        f"a:t:0:{1 << 63}",
        "a:t:0:" + "9" * 5_000,
        "a:\0:0:0",
    ],
)
def test_what_no_event_can_be_called_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="names no dead letter"):
        parse_name(name)


@pytest.mark.anyio
@pytest.mark.parametrize("wanted", [LetterFilter(agent="a\0"), LetterFilter(cause="\0"), LetterFilter(key="\0")])
async def test_what_no_text_can_hold_finds_nothing(wanted: LetterFilter, database: Database) -> None:
    async with database.connection() as connection:
        assert await numbers(connection, wanted) == {}
