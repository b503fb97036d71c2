"""Before the parts start: migrations, topics and schemas, and whether the sample catalogue is there."""

from __future__ import annotations

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
    migrate(dsn)
    log = open_log(settings)
    try:
        apply_topics(log)
    finally:
        log.close()
    if _sample_is_due(dsn, want_sample):
        print(SAMPLE_NEEDED)
    return 0


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
