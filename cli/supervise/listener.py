"""The port, held by the supervisor: a restarted API finds its queue of connections where the last one left it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import psutil

from cli.errors import CliError, InUse

BACKLOG = 2048
_LOOK_S = 0.1


def listen(host: str, port: int, patience_s: float, waiting: Callable[[str], None] = lambda _: None) -> socket.socket:
    """A listening socket. Raises InUse, naming who has the port, when it is still taken after `patience_s`."""
    deadline = time.monotonic() + patience_s
    told = False
    while True:
        try:
            return _bind(host, port)
        except PermissionError as error:
            raise CliError(f"port {port} needs more rights than this user has: choose PORT above 1023") from error
        except socket.gaierror as error:
            raise CliError(f"HERO_HOST={host} is no address of this machine: {error.strerror}") from error
        except OSError as error:
            taken = f"port {port} on {host} cannot be used ({error.strerror}{_by(port)})"
            if time.monotonic() >= deadline:
                raise InUse(f"{taken}: choose another with PORT or --port") from error
        if not told:
            waiting(f"{taken}; waiting up to {patience_s:g} s")
            told = True
        time.sleep(_LOOK_S)


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _by(port: int) -> str:
    """Who listens there, as far as this user may know."""
    try:
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr[1:] == (port,) and each.pid:
                return f" by process {each.pid}, {psutil.Process(each.pid).name()}"
    except psutil.Error:
        return ""
    return ""
