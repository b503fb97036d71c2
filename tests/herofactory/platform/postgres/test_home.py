"""As root: folders and programs that PostgreSQL's account cannot get at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from herofactory.platform.postgres import EmbeddedPostgres, PostgresError, Unreachable, binaries, remove
from tests.support.postgres import reachable_folder

Ask = Callable[[str, str], object]
Make = Callable[..., EmbeddedPostgres]
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's database runs as that user")


@pytest.fixture
def closed(folder: Path) -> Iterator[Path]:
    """A folder that only root can enter, as /root is."""
    closed = folder.with_name("closed")
    closed.mkdir(mode=0o700)
    yield closed
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def spare(folder: Path) -> Path:
    """Stands for /var/lib."""
    spare = folder.with_name("spare")
    spare.mkdir()
    return spare


def test_below_a_closed_folder_the_data_lies_elsewhere(closed: Path, spare: Path, make_server: Make, ask: Ask) -> None:
    server = make_server(closed / "hero", spare_roots=[spare])
    with server:
        ask(server.dsn(), "CREATE TABLE kept AS SELECT 1 AS number")
    with server:
        assert ask(server.dsn(), "SELECT number FROM kept") == 1
    home = Path((closed / "hero" / "location").read_text())
    assert home.is_relative_to(spare)
    assert (home / "data" / "PG_VERSION").exists()
    remove(closed / "hero")
    assert not home.exists()
    assert not (closed / "hero").exists()


def test_a_mount_that_keeps_no_owners_holds_no_data(
    folder: Path, spare: Path, make_server: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    chown = os.chown

    def refuse_below_folder(path: Path, uid: int, gid: int) -> None:
        if path.is_relative_to(folder):
            raise PermissionError(f"no owners on this file system: {path}")
        chown(path, uid, gid)

    monkeypatch.setattr(os, "chown", refuse_below_folder)
    with make_server(folder, spare_roots=[spare]):
        assert not (folder / "data").exists()
        assert Path((folder / "location").read_text()).is_relative_to(spare)


def test_a_moved_folder_keeps_its_database(closed: Path, spare: Path, make_server: Make, ask: Ask) -> None:
    with make_server(closed / "hero", spare_roots=[spare]) as server:
        ask(server.dsn(), "CREATE TABLE kept AS SELECT 1 AS number")
    (closed / "hero").rename(closed / "moved")
    with make_server(closed / "moved", spare_roots=[spare]) as server:
        assert ask(server.dsn(), "SELECT number FROM kept") == 1


def test_a_copied_folder_does_not_share_the_database(closed: Path, spare: Path, make_server: Make) -> None:
    with make_server(closed / "hero", spare_roots=[spare]):
        shutil.copytree(closed / "hero", closed / "copy")
        with pytest.raises(PostgresError, match="is a copy of"):
            make_server(closed / "copy", spare_roots=[spare]).start()


def test_a_folder_made_anew_gets_an_empty_database(closed: Path, spare: Path, make_server: Make, ask: Ask) -> None:
    server = make_server(closed / "hero", spare_roots=[spare])
    with server:
        ask(server.dsn(), "CREATE TABLE lost AS SELECT 1 AS number")
    shutil.rmtree(closed / "hero")
    with server:
        assert ask(server.dsn(), "SELECT to_regclass('lost')") is None


def test_where_no_place_is_reachable_the_account_is_named(closed: Path, make_server: Make) -> None:
    with pytest.raises(Unreachable, match=r"'nobody'.*choose a data folder"):
        make_server(closed / "hero", spare_roots=[closed]).start()


def test_data_that_is_gone_from_its_recorded_place_is_not_replaced_silently(
    closed: Path, spare: Path, make_server: Make
) -> None:
    with make_server(closed / "hero", spare_roots=[spare]) as server:
        pass
    shutil.rmtree(spare / "herofactory")
    with pytest.raises(PostgresError, match="is gone"):
        server.start()


@pytest.fixture
def executable_folder() -> Iterator[Path]:
    with reachable_folder(executable=True) as parent:
        yield parent / "postgres"


def test_programs_out_of_reach_are_copied(
    executable_folder: Path, closed: Path, make_server: Make, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = binaries.bundled().parent
    for name in (package.name, f"{package.name}.libs"):
        (closed / name).symlink_to(package.with_name(name))
    monkeypatch.setattr(binaries, "bundled", lambda: closed / package.name / "pginstall")
    with make_server(executable_folder) as server:
        assert ask(server.dsn(), "SELECT count(*) FROM pg_timezone_names WHERE name = 'Asia/Seoul'") == 1
    (copy,) = executable_folder.glob("binaries-*")
    (copy / package.name).rename(copy / "moved")
    with pytest.raises(Unreachable, match="neither"):
        server.start()


def test_data_of_another_user_is_refused(used: Path, make_server: Make) -> None:
    with make_server(used) as server:
        pass
    os.chown(used / "data", 0, 0)
    with pytest.raises(PostgresError, match=r"belongs to user id 0.*chown"):
        server.start()
