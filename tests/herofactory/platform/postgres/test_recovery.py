"""Everything is killed with SIGKILL once; acknowledged rows must be there afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from herofactory.platform.postgres import EmbeddedPostgres, PostgresError, VersionMismatch, read_dsn
from herofactory.platform.postgres.account import Account
from herofactory.platform.postgres.leftovers import processes_in
from tests.support.platform import until

Ask = Callable[[str, str], object]
Make = Callable[..., EmbeddedPostgres]
OWNER = Path(__file__).with_name("owner.py")
DEADLINE_S = 30.0


@contextmanager
def owner(folder: Path, verb: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(OWNER), str(folder), verb]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_a_killed_postmaster_is_noticed_and_started_again(used: Path, make_server: Make, ask: Ask) -> None:
    server = make_server(used)
    server.start()
    ask(server.dsn(), "CREATE TABLE kept AS SELECT 1 AS number")
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: server.poll() == -signal.SIGKILL, "the owner to notice")
    server.start()
    assert ask(server.dsn(), "SELECT number FROM kept") == 1


def test_a_backend_that_outlives_its_postmaster_does_not_keep_the_next_one_out(
    used: Path, make_server: Make, ask: Ask
) -> None:
    server = make_server(used)
    server.start()
    busy = psycopg.connect(server.dsn(), autocommit=True)
    endless = "SELECT count(*) FROM generate_series(1, 100000000000)"
    thread = threading.Thread(target=lambda: _until_lost(busy, endless))
    thread.start()
    backend = busy.info.backend_pid
    running = f"SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = {backend} AND state = 'active'"
    until(lambda: ask(server.dsn(), running) is True, "the query to run")
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: server.poll() is not None, "the postmaster to go")
    assert psutil.pid_exists(backend)
    server.start()
    assert ask(server.dsn(), "SELECT 1") == 1
    thread.join(DEADLINE_S)
    assert not thread.is_alive()


def _until_lost(connection: psycopg.Connection, query: str) -> None:
    with suppress(psycopg.Error), connection:
        connection.execute(query.encode())


def test_a_killed_backend_costs_connections_but_not_the_server(used: Path, make_server: Make, ask: Ask) -> None:
    with make_server(used) as server:
        with psycopg.connect(server.dsn()) as victim:
            os.kill(victim.info.backend_pid, signal.SIGKILL)

            def answers() -> bool:
                with suppress(psycopg.OperationalError):
                    return ask(server.dsn(), "SELECT 1") == 1
                return False

            with pytest.raises(psycopg.OperationalError):
                victim.execute("SELECT pg_sleep(30)")
        until(answers, "the server to recover")
        assert server.poll() is None


@pytest.mark.parametrize("verb", ["stay", "thread"])
def test_a_killed_owner_takes_the_server_along(used: Path, make_server: Make, ask: Ask, verb: str) -> None:
    with owner(used, verb) as process:
        assert first_line(process).isdigit()
        ask(read_dsn(used), "CREATE TABLE kept AS SELECT 1 AS number")
        process.kill()
        process.wait()
        until(lambda: not processes_in(used / "data"), "PostgreSQL to end")
    log = "".join(path.read_text() for path in (used / "log").glob("postgres-*.log"))
    assert "received immediate shutdown request" in log
    assert "database system is shut down" in log
    with make_server(used) as server:
        assert ask(server.dsn(), "SELECT number FROM kept") == 1


def test_an_owner_killed_while_the_server_recovers_from_a_killed_backend_takes_it_along_too(used: Path) -> None:
    with owner(used, "stay") as process:
        assert first_line(process).isdigit()
        with suppress(psycopg.Error), psycopg.connect(read_dsn(used)) as victim:
            os.kill(victim.info.backend_pid, signal.SIGKILL)
            victim.execute("SELECT pg_sleep(30)")
        process.kill()
        process.wait()
        until(lambda: not processes_in(used / "data"), "PostgreSQL to end")


def test_a_stop_while_the_server_recovers_from_a_killed_backend_does_not_hang(used: Path, make_server: Make) -> None:
    with make_server(used) as server:
        with suppress(psycopg.Error), psycopg.connect(server.dsn()) as victim:
            os.kill(victim.info.backend_pid, signal.SIGKILL)
            victim.execute("SELECT pg_sleep(30)")
        server.stop()
    assert not processes_in(used / "data")


def test_a_new_owner_starts_right_after_the_old_one_was_killed(used: Path, make_server: Make, ask: Ask) -> None:
    with owner(used, "stay") as process:
        assert first_line(process).isdigit()
        process.kill()
        with make_server(used) as server:
            assert ask(server.dsn(), "SELECT 1") == 1


def test_a_postmaster_without_owner_is_ended_before_the_next_start(used: Path, make_server: Make, ask: Ask) -> None:
    with make_server(used) as server:
        pass
    program = [str(_binaries() / "postgres"), "-D", str(used / "data"), "-c", "unix_socket_directories="]
    # As on a system without parent-death signals.
    with subprocess.Popen(
        Account.current("nobody").command(program, dies_by=signal.SIGINT), cwd="/", stderr=subprocess.DEVNULL
    ) as orphan:
        until(lambda: (used / "data" / "postmaster.pid").exists(), "the orphan to run")
        with server:
            assert ask(server.dsn(), "SELECT 1") == 1
            assert orphan.poll() is not None


def _binaries() -> Path:
    from herofactory.platform.postgres.binaries import bundled

    return bundled() / "bin"


@pytest.mark.parametrize("kind", ["zombie", "stranger", "nobody left", "unreadable"])
def test_a_lock_file_that_names_no_server_of_ours_is_cleared(
    used: Path, make_server: Make, ask: Ask, kind: str
) -> None:
    with make_server(used) as server:
        pass
    account = Account.current("nobody")
    sleep = "0" if kind == "zombie" else "60"
    with ExitStack() as stack:
        other = stack.enter_context(subprocess.Popen(account.command(["/bin/sleep", sleep], dies_by=signal.SIGTERM)))
        stack.callback(other.kill)
        if kind == "zombie":
            # Ended, and not waited for until the block ends.
            until(lambda: psutil.Process(other.pid).status() == psutil.STATUS_ZOMBIE, "a zombie")
        pid = {"nobody left": "999999999", "unreadable": "?"}.get(kind, str(other.pid))
        lock = used / "data" / "postmaster.pid"
        lock.write_text(f"{pid}\n{used / 'data'}\n1700000000\n5432\n\n127.0.0.1\n  1234567        12\nready   \n")
        account.give(lock)
        with server:
            assert ask(server.dsn(), "SELECT 1") == 1
        if kind == "stranger":
            assert other.poll() is None


def test_an_initdb_that_was_killed_is_done_again(folder: Path, make_server: Make, ask: Ask) -> None:
    with owner(folder, "stay") as process:
        until(lambda: any(folder.glob("unfinished-*/data/global")), "initdb to be in the middle of it")
        process.kill()
        process.wait()
    with make_server(folder) as server:
        assert ask(server.dsn(), "SELECT 1") == 1
    assert not list(folder.glob("unfinished-*"))


def test_a_half_made_cluster_is_never_opened(folder: Path, make_server: Make, ask: Ask) -> None:
    half = folder / "unfinished-0" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with make_server(folder) as server:
        assert ask(server.dsn(), "SELECT 1") == 1
    assert not half.exists()


def test_data_of_another_major_version_is_refused_with_the_way_out(used: Path, make_server: Make) -> None:
    with make_server(used) as server:
        pass
    (used / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(VersionMismatch, match=r"PostgreSQL 17, and this is PostgreSQL 18\.\d+.*pg_dump.*pg_restore"):
        server.start()


def test_a_data_folder_that_is_no_cluster_is_refused(folder: Path, make_server: Make) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "password").touch()
    Account.current("nobody").give(folder / "data")
    with pytest.raises(PostgresError, match="no PG_VERSION"):
        make_server(folder).start()


def test_after_a_refusal_the_folder_is_free_again(used: Path, make_server: Make) -> None:
    with pytest.raises(PostgresError):
        make_server(used, extra={"work_mem": "plenty"}).start()
    with make_server(used, patience_s=0.1):
        pass


def test_every_process_is_recognised_without_seeing_its_working_folder(
    used: Path, make_server: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(process: psutil.Process) -> str:
        raise psutil.AccessDenied(process.pid)

    with make_server(used) as server:
        assert server.pid
        postmaster = psutil.Process(server.pid)
        monkeypatch.setattr(psutil.Process, "cwd", denied)

        def all_recognised() -> bool:
            found = {process.pid for process in processes_in(used / "data")}
            return found == {postmaster.pid, *(child.pid for child in postmaster.children())} and len(found) > 5

        # Short-lived ones come and go between the two looks.
        until(all_recognised, "both looks to agree")
