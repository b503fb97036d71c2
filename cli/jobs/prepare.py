"""Before the parts start: migrations, topics and schemas, and whether the sample catalogue is there."""

from __future__ import annotations

import sys
from contextlib import closing

import psycopg

from cli.compose import apply_topics, dsn_of, open_log
from cli.configure import load_settings
from cli.explain import reported
from cli.supervise.plan import SAMPLE_NEEDED
from herofactory.platform.postgres.database import migrate
from herofactory.platform.settings import Settings


def prepare(*, want_sample: bool) -> int:
    return reported(lambda: _prepare(load_settings(), want_sample))


def _prepare(settings: Settings, want_sample: bool) -> int:
    dsn = dsn_of(settings)
    if settings.stack == "kafka":
        _provide(settings)
    else:
        migrate(dsn)
        with closing(open_log(settings)) as log:
            apply_topics(settings, log)
    if _sample_is_due(dsn, want_sample):
        print(SAMPLE_NEEDED)
    return 0


def _provide(settings: Settings) -> None:
    """What is changed on the servers is told: on standard error, as the supervisor reads what this process answers."""
    from cli.provision.plan import steps_of
    from cli.provision.step import carry_out

    with steps_of(settings) as steps:
        carry_out(steps, lambda line: print(line, file=sys.stderr, flush=True))


def _sample_is_due(dsn: str, wanted: bool) -> bool:
    """Leaves a row for an import that is to come, so that health says `loading` from the first moment."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        if not wanted:
            connection.execute("DELETE FROM imports WHERE source = 'sample' AND finished_at IS NULL")
            return False
        connection.execute(
            """INSERT INTO imports (source, seller_id, total) VALUES ('sample', 'herofactory-sample', 0)
               ON CONFLICT (source) DO NOTHING"""
        )
        row = connection.execute("SELECT finished_at IS NULL FROM imports WHERE source = 'sample'").fetchone()
        return bool(row and row[0])
