from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from herofactory.platform.postgres import EmbeddedPostgres, FolderInUse, NotStarted, PostgresError, read_dsn

Ask = Callable[[str, str], object]
Make = Callable[..., EmbeddedPostgres]
OWNER = Path(__file__).with_name("owner.py")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes user, which only root can")


def test_what_was_written_is_there_after_a_restart(used: Path, make_server: Make, ask: Ask) -> None:
    server = make_server(used)
    with server:
        ask(server.dsn(), "CREATE TABLE kept AS SELECT '검' AS name")
    assert server.poll() == 0
    with server:
        assert ask(server.dsn(), "SELECT name FROM kept") == "검"
        assert server.poll() is None


def test_the_server_is_durable_quiet_and_in_utc(running: EmbeddedPostgres, ask: Ask) -> None:
    wanted = {
        "fsync": "on",
        "data_checksums": "on",
        "jit": "off",
        "timezone": "UTC",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "work_mem": "8MB",
        "server_encoding": "UTF8",
    }
    assert {name: ask(running.dsn(), f"SHOW {name}") for name in wanted} == wanted


def test_hangul_sorts_in_dictionary_order_and_counts_as_letters(running: EmbeddedPostgres, ask: Ask) -> None:
    assert ask(running.dsn(), "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{힘,검,나}'::text[]) x") == "검나힘"
    assert ask(running.dsn(), "SELECT '검' ~ '^[[:alpha:]]$'") is True


def test_nobody_enters_without_the_password(running: EmbeddedPostgres) -> None:
    password = (running.folder / "password").read_text()
    for wrong in ("guess", "''"):
        with pytest.raises(psycopg.OperationalError, match=r"password"):
            psycopg.connect(running.dsn().replace(password, wrong))
    assert password not in repr(running)


def test_secrets_are_readable_by_their_owner_only(running: EmbeddedPostgres) -> None:
    modes = {name: oct((running.folder / name).stat().st_mode & 0o777) for name in ("password", "data", "log")}
    assert modes == {"password": "0o600", "data": "0o700", "log": "0o700"}


def test_a_deep_folder_with_spaces_quotes_and_hangul_works(folder: Path, make_server: Make, ask: Ask) -> None:
    deep = folder.joinpath(*["긴 이름의 '폴더' in \"depth\""] * 8)
    assert len(bytes(deep)) > 250
    with make_server(deep) as server:
        assert ask(server.dsn(), "SELECT 1") == 1


def test_a_folder_too_deep_for_postgresql_is_refused_by_name(folder: Path, make_server: Make) -> None:
    with pytest.raises(PostgresError, match="shorter data folder"):
        make_server(folder.joinpath(*["x" * 100] * 9)).start()


def test_two_databases_run_side_by_side(folder: Path, make_server: Make, ask: Ask) -> None:
    one, two = make_server(folder / "one"), make_server(folder / "two")
    with one, two:
        ask(one.dsn(), "CREATE TABLE only_here (id int)")
        assert ask(two.dsn(), "SELECT to_regclass('only_here')") is None
        one.stop()
        assert ask(two.dsn(), "SELECT 1") == 1


def test_a_second_owner_of_one_folder_is_told_who_the_first_is(running: EmbeddedPostgres, make_server: Make) -> None:
    with pytest.raises(FolderInUse, match=rf"process {os.getpid()}\b"):
        make_server(running.folder, patience_s=0.1).start()


def test_starting_twice_is_refused_and_leaves_the_server_running(running: EmbeddedPostgres, ask: Ask) -> None:
    with pytest.raises(PostgresError, match="running already"):
        running.start()
    assert ask(running.dsn(), "SELECT 1") == 1


def test_another_process_finds_the_database_by_its_folder(folder: Path, make_server: Make, ask: Ask) -> None:
    with pytest.raises(NotStarted):
        read_dsn(folder)
    with make_server(folder):
        assert ask(read_dsn(folder), "SELECT current_database()") == "herofactory"


def test_a_port_that_another_program_took_is_replaced(used: Path, make_server: Make, ask: Ask) -> None:
    server = make_server(used)
    with server:
        port = int((used / "port").read_text())
    with server:
        assert int((used / "port").read_text()) == port
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with server:
            assert int((used / "port").read_text()) != port
            assert ask(server.dsn(), "SELECT 1") == 1


def test_settings_that_keep_the_database_private_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="listen_addresses"):
        EmbeddedPostgres(tmp_path, extra={"listen_addresses": "*"})


def test_a_setting_that_postgresql_refuses_is_named_in_the_error(used: Path, make_server: Make) -> None:
    with pytest.raises(PostgresError, match="work_mem"):
        make_server(used, extra={"work_mem": "plenty"}).start()


def test_an_unknown_account_is_refused_by_name(folder: Path, make_server: Make) -> None:
    if os.geteuid() != 0:
        pytest.skip("an ordinary user's database runs as that user")
    with pytest.raises(PostgresError, match="no_such_user"):
        make_server(folder, run_as="no_such_user").start()
    with pytest.raises(PostgresError, match="user id 0"):
        make_server(folder, run_as="root").start()


def test_a_lost_password_is_reported_and_not_replaced(used: Path, make_server: Make) -> None:
    with make_server(used) as server:
        pass
    (used / "password").unlink()
    with pytest.raises(PostgresError, match="restore that file"):
        server.start()


@as_root
def test_an_ordinary_user_runs_it_too(folder: Path) -> None:
    if not shutil.which("python3", path="/usr/bin:/usr/local/bin"):
        pytest.skip("no interpreter that another user could run")
    nobody = pwd.getpwnam("nobody")
    folder.mkdir()
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    told = subprocess.run(
        [sys.executable, str(OWNER), str(folder), "once", str(nobody.pw_uid), str(nobody.pw_gid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert told.stdout.splitlines() == [f"{nobody.pw_uid} {nobody.pw_uid} 1"] * 2, told.stderr
