from __future__ import annotations

from pathlib import Path

import pytest

from herofactory.platform.postgres import PostgresError, read_dsn
from herofactory.platform.postgres.address import Address


def test_an_address_prints_without_its_password() -> None:
    assert "secret" not in repr(Address(5432, "secret"))


def test_a_database_name_cannot_smuggle_in_options() -> None:
    with pytest.raises(ValueError, match="letters"):
        Address(5432, "secret").dsn("x sslmode=require")


def test_a_broken_port_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    (tmp_path / "port").write_text("many")
    with pytest.raises(PostgresError, match="no port number"):
        read_dsn(tmp_path)
