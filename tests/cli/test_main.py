"""Commands without a platform: what they refuse, and how they say it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.errors import FAILED, NOT_RUNNING, CliError
from cli.main import main
from herofactory.platform.settings import env_example
from tests.support.platform import free_port


@dataclass(frozen=True, slots=True)
class Done:
    status: int
    out: str
    err: str


Hero = Callable[..., Done]


@pytest.fixture
def hero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hero:
    """`hero` with its data in `tmp_path`/hero, in this process."""
    monkeypatch.setenv("HERO_DATA", str(tmp_path / "hero"))
    monkeypatch.setenv("PORT", str(free_port()))
    monkeypatch.setenv("HERO_STACK", "embedded")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["hero", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["search", "검"], NOT_RUNNING, "make up"),
        (["catalog", "import", "items.jsonl"], NOT_RUNNING, "make up"),
        (["catalog", "sample"], NOT_RUNNING, "make up"),
        (["index", "rebuild"], NOT_RUNNING, "make up"),
        (["topics", "list"], FAILED, "no event log"),
        (["dlq", "list"], FAILED, "no event log"),
        (["token", "issue", "--user", "no spaces"], 2, "user id"),
        (["token", "issue", "--user", "me", "--role", "king"], 2, "king"),
        (["token", "issue", "--user", "me", "--ttl", "99999999999999"], 2, "--ttl"),
        (["search", os.fsdecode(b"\xff\xfe")], 2, "not UTF-8"),
        (["index", "rebuild", "--timeout", "-1"], 2, "--timeout"),
        (["up", "--stack", "kafka"], FAILED, "HERO_DATABASE_URL"),
        (["up", "--stack", "cloud"], 2, "cloud"),
        (["replay", "plan", "search-index", "--rate", "0"], 2, "--rate"),
        (["replay", "plan", "moderation", "--max-usd", "-1"], 2, "--max-usd"),
        (["fly"], 2, "fly"),
    ],
)
def test_a_refusal_is_a_line_that_says_what_to_do(
    hero: Hero, arguments: list[str], status: int, told: str, tmp_path: Path
) -> None:
    done = hero(*arguments)
    assert done.status == status
    assert told in done.err
    assert not (tmp_path / "hero" / "log").exists()


def test_help_says_where_a_value_comes_from(hero: Hero) -> None:
    told = " ".join(hero("up", "--help").out.split())
    assert "Port of the API (PORT, or 8000)" in told
    assert "Data folder (HERO_DATA, or ./.hero)" in told


def test_status_of_nothing_is_no_error_to_read(hero: Hero) -> None:
    done = hero("status", "--json")
    assert done.status == NOT_RUNNING
    assert '"running": false' in done.out


def test_a_wrong_setting_is_named_with_its_value(hero: Hero, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERO_LOG_LEVEL", "LOUD")
    done = hero("status")
    assert done.status == FAILED
    assert "HERO_LOG_LEVEL=LOUD" in done.err


def test_an_error_is_raised_whole_only_with_debug(hero: Hero, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["hero", "--debug", "search", "검"])
    with pytest.raises(CliError):
        main()


def test_a_token_is_alone_on_the_last_line_and_its_key_is_private(hero: Hero, tmp_path: Path) -> None:
    done = hero("token", "issue", "--user", "me", "--role", "admin")
    assert done.out.splitlines()[-1].count(".") == 2
    assert (tmp_path / "hero" / "keys" / "signing.key").stat().st_mode & 0o777 == 0o600


def test_production_issues_no_development_tokens(hero: Hero, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERO_ENVIRONMENT", "production")
    done = hero("token", "issue", "--user", "me")
    assert done.status == FAILED
    assert done.out == ""
    assert "HERO_ENVIRONMENT" in done.err


def test_the_example_of_settings_is_what_the_settings_are() -> None:
    example = Path(__file__).parents[2] / ".env.example"
    assert example.read_text(encoding="utf-8") == env_example(), "run: hero settings example > .env.example"


def test_the_example_copied_as_it_is_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from herofactory.platform.settings import Settings, env_name

    for field in Settings.model_fields:
        monkeypatch.delenv(env_name(field), raising=False)
    example = Path(__file__).parents[2] / ".env.example"
    copied = Settings(_env_file=example)  # type: ignore[call-arg]  # the rest has defaults
    assert copied == Settings(_env_file=None)  # type: ignore[call-arg]  # the rest has defaults
