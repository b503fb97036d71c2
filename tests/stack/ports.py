"""Ports that stay ours while a server is down."""

from __future__ import annotations

import random
import socket

HOST = "127.0.0.1"
# Below Linux's ephemeral range (32768-60999). A client that keeps knocking at an ephemeral port nobody listens on may
# be given that very port for its own end, connect to itself, and keep the restarted server out.
FIRST, LAST = 20_000, 32_000
ATTEMPTS = 200


def free_port() -> int:
    for _ in range(ATTEMPTS):
        port = random.randint(FIRST, LAST)
        if is_free(port):
            return port
    raise RuntimeError(f"no free port found between {FIRST} and {LAST} on {HOST}")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
