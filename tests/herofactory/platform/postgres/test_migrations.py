"""The database's shape: versions in one line, and an old database that comes along with what it holds."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

import herofactory.platform.postgres.migrations as migrations
from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.platform.postgres.database import migrate
from tests.support.postgres import create_database

FOLDER = str(Path(migrations.__file__).parent)


@pytest.fixture
def config() -> Config:
    config = Config()
    config.set_main_option("script_location", FOLDER)
    return config


def test_versions_follow_each_other_and_files_bear_their_number(config: Config) -> None:
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())[::-1]
    numbers = [f"{place:04}" for place in range(1, len(scripts) + 1)]
    assert [script.revision for script in scripts] == numbers
    assert [script.down_revision for script in scripts] == [None, *numbers[:-1]]
    assert [Path(script.path).name[:5] for script in scripts] == [f"{number}_" for number in numbers]
    assert all(Path(script.path).with_suffix(".sql").exists() for script in scripts)


def test_a_database_of_the_first_version_keeps_what_it_holds(postgres: EmbeddedPostgres, config: Config) -> None:
    create_database(postgres.dsn("postgres"), "first_version")
    dsn = postgres.dsn("first_version")
    upgrade(config, dsn, "0001")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO items (id, seller_id, name, description, category, price) "
            "VALUES (uuidv7(), 'seller', '검', '', 'weapon', 1)"
        )
        connection.execute("SELECT take_token('a', 0.001, 1)")
        migrate(dsn)
        migrate(dsn)
        assert connection.execute("SELECT name, revision FROM items").fetchall() == [("검", 1)]
        ((wait_s,),) = connection.execute("SELECT take_token('a', 0.001, 1)").fetchall()
        assert 0 < wait_s <= 1000


def test_only_what_may_be_lost_is_kept_outside_the_write_ahead_log(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT relname FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r'")
        assert {name for (name,) in rows} == {"parts", "progress", "rate_limits", "result_cache"}


def upgrade(config: Config, dsn: str, version: str) -> None:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=NullPool)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()
