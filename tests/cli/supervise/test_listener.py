from __future__ import annotations

import socket

import pytest

from cli.errors import CliError, InUse
from cli.supervise.listener import listen


def test_a_taken_port_is_refused_with_who_has_it() -> None:
    with listen("127.0.0.1", 0, 0) as held:
        port = held.getsockname()[1]
        with pytest.raises(InUse, match=f"port {port} on 127.0.0.1"):
            listen("127.0.0.1", port, 0)


def test_it_waits_for_a_port_that_becomes_free() -> None:
    held = listen("127.0.0.1", 0, 0)
    port = held.getsockname()[1]
    with listen("127.0.0.1", port, 5, lambda _: held.close()) as taken:
        assert taken.getsockname()[1] == port


def test_connections_are_taken_before_anybody_accepts_them() -> None:
    with listen("127.0.0.1", 0, 0) as listener:
        socket.create_connection(listener.getsockname(), timeout=5).close()


def test_an_address_of_another_machine_is_refused_by_its_setting() -> None:
    with pytest.raises(CliError):
        listen("192.0.2.1", 8000, 0)
