from __future__ import annotations

from pathlib import Path

from herofactory.platform.postgres.logs import KEEP, prune, server_logs, tail


def test_only_the_newest_log_files_are_kept(tmp_path: Path) -> None:
    names = [f"postgres-2026010{day}T000000.log" for day in range(1, 9)]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "start.log").touch()
    prune(tmp_path)
    assert [path.name for path in server_logs(tmp_path)] == names[-KEEP:]
    assert (tmp_path / "start.log").exists()


def test_the_tail_is_the_end_of_both_logs(tmp_path: Path) -> None:
    (tmp_path / "start.log").write_text("x" * 10_000 + "starting")
    (tmp_path / "postgres-20260101T000000.log").write_text("older")
    (tmp_path / "postgres-20260102T000000.log").write_text("FATAL: newer")
    told = tail(tmp_path)
    assert "starting\nFATAL: newer" in told
    assert "older" not in told
    assert len(told) < 5_000
