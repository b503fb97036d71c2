"""The replays there are: looked up in the database alone, without what carrying one out takes."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.rows import dict_row

from cli.compose import dsn_of
from cli.replay_choice import refuse_unknown
from herofactory.platform.postgres.database import Connection
from herofactory.platform.replay.replay import Replay
from herofactory.platform.replay.store import Replays
from herofactory.platform.settings import Settings


async def replays_of(settings: Settings, named: str | None, *, ended: bool) -> Sequence[Replay]:
    """Newest first: all, those of a target, or the one of an id. `ended`: the cleaned ones too; one that is named by
    its id is shown whatever became of it. Raises CliError for a name that is neither."""
    dsn = dsn_of(settings)
    async with await Connection.connect(dsn, autocommit=True, row_factory=dict_row) as connection:
        replays = await Replays.list(connection, ended=True)
    found = [each for each in replays if named in (None, each.target, str(each.id))]
    if named and not found:
        from streams.replay.registry import NAMES

        refuse_unknown(named, NAMES)
    return [each for each in found if ended or each.state != "cleaned" or named == str(each.id)]
