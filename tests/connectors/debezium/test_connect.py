"""What Kafka Connect's answers mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from connectors.debezium import ConnectClient, ConnectError
from tests.support.listening import Reply, listening

MISSING = b'{"error_code":404,"message":"Connector outbox not found"}'


@contextmanager
def answering(body: bytes) -> Iterator[ConnectClient]:
    """A Connect that answers 404 with `body`, whatever it is asked."""
    reply = Reply.of(body, 404)
    with listening(lambda _: reply) as url, closing(ConnectClient(url)) as client:
        yield client


def test_a_connector_that_is_not_there_is_none() -> None:
    with answering(MISSING) as client:
        assert client.config("outbox") is None
        assert client.status("outbox") is None


def test_a_connect_that_is_starting_says_nothing_of_its_connectors() -> None:
    """Nothing is at any address then. Taken for a missing connector, it would be made anew without its offsets."""
    with answering(b"") as client:
        with pytest.raises(ConnectError, match="still starting"):
            client.config("outbox")
        with pytest.raises(ConnectError, match="still starting"):
            client.status("outbox")
