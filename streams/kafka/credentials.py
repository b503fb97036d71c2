"""A cluster's access as Faust and aiokafka take it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from faust.auth import Credentials, SASLCredentials, SSLCredentials

from herofactory.platform.eventlog.kafka.access import KafkaAccess


class _Sasl(SASLCredentials):  # type: ignore[misc]  # Faust ships no usable types
    def __init__(self, access: KafkaAccess) -> None:
        super().__init__(
            username=access.username,
            password=access.password,
            mechanism=access.mechanism,
            ssl_context=_context(access),
        )
        self.access = access


class _Tls(SSLCredentials):  # type: ignore[misc]  # Faust ships no usable types
    def __init__(self, access: KafkaAccess) -> None:
        super().__init__(_context(access))
        self.access = access


def credentials_of(access: KafkaAccess) -> Credentials | None:
    """What an app takes as `broker_credentials`. Reads the CA file: raises OSError, ssl.SSLError."""
    if access.has_user:
        return _Sasl(access)
    return _Tls(access) if access.is_encrypted else None


def librdkafka_of(credentials: Credentials | None) -> Mapping[str, str]:
    """The same access for confluent-kafka's clients, of what `credentials_of` gave."""
    access: KafkaAccess | None = getattr(credentials, "access", None)
    return access.librdkafka() if access else {}


def _context(access: KafkaAccess) -> ssl.SSLContext | None:
    if not access.is_encrypted:
        return None
    return ssl.create_default_context(cafile=str(access.ca_file) if access.ca_file else None)
