"""The outbox connector's configuration: `outbox.json` with the values of one installation.

What comes out of it is what the embedded relay publishes: the row's key, its payload byte for byte (a null one as a
tombstone) and the same headers. Where it differs, readers have to bear it: `occurred-at` ends in `Z`, not `+00:00`, and
keeps six digits; a null `revision`, `traceparent` or `replay_id` is a header without a value instead of none; and
Debezium adds headers of its own that begin with `__debezium.`. Rows of before there was a column pass without it: the
write-ahead log may still hold some after a migration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from string import Template

from psycopg.conninfo import conninfo_to_dict

# PostgreSQL's rule for the name of a replication slot.
_SLOT = re.compile(r"[a-z0-9_]{1,63}")
_DEFAULT_PORT = "5432"


class ConnectorError(ValueError):
    """Values that make no connector."""


class _Template(Template):
    """`%{name}`: Connect's own placeholders, like `${routedByValue}`, are left alone."""

    delimiter = "%"


@dataclass(frozen=True, slots=True)
class OutboxConnector:
    """One connector, one slot and one publication for one database."""

    name: str = "herofactory-outbox"
    """Of the connector in Connect."""
    slot: str = "herofactory_outbox"
    """Of the replication slot and the publication; one per database cluster and connector."""
    topic_prefix: str = ""
    """Put before every topic, for installations that share a Kafka cluster; with its separator."""

    @property
    def heartbeat_topic(self) -> str:
        """Must exist before the connector starts: it creates no topic. One partition, a short retention."""
        return f"debezium-heartbeat.{self.name}"

    def config(self, dsn: str) -> Mapping[str, str]:
        """What `PUT /connectors/{name}/config` takes. Holds the password of `dsn`: never log it.

        `dsn` names host, user, password and database as Connect reaches them. Raises ConnectorError otherwise.
        """
        if not _SLOT.fullmatch(self.slot):
            raise ConnectorError(f"slot {self.slot!r}: use up to 63 lower case letters, digits and underscores")
        values = {"name": self.name, "slot": self.slot, "topic_prefix": self.topic_prefix, **_address(dsn)}
        return {setting: _Template(text).substitute(values) for setting, text in _shipped().items()}


def _shipped() -> Mapping[str, str]:
    text = (resources.files("connectors.debezium") / "outbox.json").read_text(encoding="utf-8")
    settings: dict[str, str] = json.loads(text)
    return settings


def _address(dsn: str) -> Mapping[str, str]:
    given = {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
    missing = [name for name in ("host", "user", "password", "dbname") if not given.get(name)]
    if missing:
        raise ConnectorError(f"the database address for the outbox connector lacks {', '.join(missing)}")
    return {
        "database_host": given["host"],
        "database_port": given.get("port", _DEFAULT_PORT),
        "database_user": given["user"],
        "database_password": given["password"],
        "database_name": given["dbname"],
    }
