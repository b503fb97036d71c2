from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from herofactory.accounts.signing_key import FILE, InvalidKey, SigningKey, load_signing_key


def test_the_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = load_signing_key(tmp_path / "keys")
    assert load_signing_key(tmp_path / "keys").derive("x") == first.derive("x")
    assert stat.S_IMODE((tmp_path / "keys" / FILE).stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "keys").iterdir()] == [FILE]


def test_a_key_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    load_signing_key(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    load_signing_key(tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    keys: list[bytes] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        keys.append(load_signing_key(tmp_path).derive("x"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


@pytest.mark.parametrize("text", ["", "not hex", "abcd", "ä" * 64])
def test_a_damaged_key_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InvalidKey, match=FILE):
        load_signing_key(tmp_path)


def test_each_purpose_has_a_key_of_its_own_and_none_is_shown() -> None:
    key = SigningKey(b"k" * 32)
    assert key.derive("a") != key.derive("b")
    assert "kkk" not in repr(key)
