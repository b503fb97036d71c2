"""How a client gets into a Kafka cluster: encrypted or not, with a user or without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    protocol: Protocol = "PLAINTEXT"
    mechanism: str | None = None
    """PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, where `protocol` begins with SASL."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    """Authorities to trust in place of the system's, PEM."""

    @property
    def is_encrypted(self) -> bool:
        return self.protocol.endswith("SSL")

    @property
    def has_user(self) -> bool:
        return self.protocol.startswith("SASL")

    def librdkafka(self) -> Mapping[str, str]:
        """Settings of confluent-kafka's clients. Holds the password: never log it."""
        found: dict[str, str] = {"security.protocol": self.protocol}
        if self.is_encrypted and self.ca_file:
            found["ssl.ca.location"] = str(self.ca_file)
        if self.has_user:
            found["sasl.mechanism"] = self.mechanism or ""
            found["sasl.username"] = self.username or ""
            found["sasl.password"] = self.password or ""
        return found


OPEN = KafkaAccess()
"""As a cluster on loopback or in a network of its own is reached."""
