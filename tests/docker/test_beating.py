"""docker/beating.py on a real server: whether a process is at work, told from its queries."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import psycopg
import pytest

from tests.docker.composed import ROOT


@pytest.fixture
def beating(dsn: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("beating", ROOT / "docker/beating.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("HERO_DATABASE_URL", dsn)
    return module


def test_a_process_that_asks_the_database_is_well(beating: ModuleType, dsn: str) -> None:
    with psycopg.connect(dsn, application_name="hero-worker") as connection:
        connection.execute("SELECT 1")
        assert beating.main("hero-worker") == 0


def test_one_that_has_fallen_silent_is_not(beating: ModuleType, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(dsn, application_name="hero-worker") as connection:
        connection.execute("SELECT 1")
        monkeypatch.setattr(beating, "SILENT_S", -1.0)
        assert beating.main("hero-worker") == 1


def test_the_queries_of_others_say_nothing_of_it(beating: ModuleType, dsn: str) -> None:
    with psycopg.connect(dsn, application_name="hero-api") as connection:
        connection.execute("SELECT 1")
        assert beating.main("hero-worker") == 1


def test_without_a_database_nothing_is_well(beating: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERO_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert beating.main("hero-worker") == 1
