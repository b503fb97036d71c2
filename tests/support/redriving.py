"""A process that redrives all dead letters of an embedded log.

python -m tests.support.redriving DSN LOG_FOLDER
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing

from herofactory.platform.delivery.letters import LetterFilter, Redriver
from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.postgres.database import Database


async def main(dsn: str, folder: str) -> None:
    with closing(EmbeddedLog(folder, sync="NORMAL")) as log:
        async with Database(dsn, size=2) as database:
            await Redriver(log, database, by="a process").redrive(LetterFilter())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
