"""What `hero doctor` looks at on the servers of the Kafka stack. Each check asks one server and changes nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from urllib.parse import urlsplit

from cli.check import Check
from cli.compose import capture_of, dsn_of, open_log, registry_of
from cli.explain import explain
from cli.provision.capture import check_plugin
from cli.provision.database import check_server
from cli.provision.schemas import Schemas
from cli.provision.topics import Topics
from herofactory.platform.addresses import without_password
from herofactory.platform.settings import Settings
from streams.topics import configs

_UP = "the next `hero up` does it; `hero up --dry-run` shows all that it would do"
_TIMEOUT_S = 3.0


def _asked(name: str, fix: str, ask: Callable[[], Check]) -> Check:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is what is wrong with this server)
        return Check(name, "fail", explain(error), fix)


def _database(settings: Settings) -> Check:
    name = "database (HERO_DATABASE_URL)"
    fix = "start PostgreSQL 18 or newer with wal_level=logical, and give its address in HERO_DATABASE_URL"
    return _asked(name, fix, lambda: Check(name, "ok", f"PostgreSQL {check_server(dsn_of(settings))}, logical"))


def _kafka(settings: Settings) -> Check:
    name = "Kafka (HERO_KAFKA_BOOTSTRAP)"

    def ask() -> Check:
        _reach(settings.kafka_bootstrap)  # librdkafka would ask for long
        with closing(open_log(settings)) as log:
            return _told(
                name,
                f"{settings.kafka_bootstrap} answers",
                Topics(log, configs(), settings.kafka_replication).changes(),
            )

    return _asked(name, "start Kafka, and give its brokers in HERO_KAFKA_BOOTSTRAP", ask)


def _registry(settings: Settings) -> Check:
    name, url = "schema registry (HERO_REGISTRY_URL)", without_password(settings.registry_url.get_secret_value())

    def ask() -> Check:
        with closing(open_log(settings)) as log:
            return _told(name, f"{url} answers", Schemas(registry_of(settings, log)).changes())

    return _asked(name, "start a registry with Confluent's API, and give its address in HERO_REGISTRY_URL", ask)


def _connect(settings: Settings) -> Check:
    name = "Kafka Connect (HERO_CONNECT_URL)"

    def ask() -> Check:
        capture, connect, _ = capture_of(settings)
        with closing(connect):
            check_plugin(connect)
            slot = capture.look()
            if slot is not None and not slot.active:
                return Check(name, "warn", "nothing reads the replication slot", _UP)
            state = f"{slot.behind_bytes / 1e6:.1f} MB behind" if slot else "captures nothing yet"
            url = without_password(settings.connect_url.get_secret_value())
            return _told(name, f"{url} answers, {state}", capture.changes())

    fix = "start Kafka Connect with Debezium's PostgreSQL plug-in, and give its address in HERO_CONNECT_URL"
    return _asked(name, fix, ask)


def _elasticsearch(settings: Settings) -> Check:
    name = "Elasticsearch (HERO_ELASTICSEARCH_URL)"

    def ask() -> Check:
        from cli.provision.index import Index
        from herofactory.search.elasticsearch.client import told_as_ours
        from herofactory.search.open import elasticsearch_of

        with closing(elasticsearch_of(settings)) as client, told_as_ours("items"):
            version = client.options(request_timeout=_TIMEOUT_S).info()["version"]["number"]
            client.indices.analyze(tokenizer="nori_tokenizer", text="검")
            return _told(name, f"{version}, with nori", Index(client).changes())

    fix = "start Elasticsearch 9 with the analysis-nori plug-in, and give its address in HERO_ELASTICSEARCH_URL"
    return _asked(name, fix, ask)


def _redis(settings: Settings) -> Check:
    name = "Redis (HERO_REDIS_URL)"
    if settings.redis_url is None:
        return Check(name, "ok", "not set: PostgreSQL does what Redis would")
    url = urlsplit(settings.redis_url.get_secret_value())

    def ask() -> Check:
        _reach(f"{url.hostname}:{url.port or 6379}")
        return Check(name, "ok", f"{url.hostname}:{url.port or 6379} is reachable")

    return _asked(name, "start Redis, or leave HERO_REDIS_URL empty", ask)


def _told(name: str, found: str, changes: Sequence[str]) -> Check:
    if not changes:
        return Check(name, "ok", found)
    more = f" and {len(changes) - 1} more" if len(changes) > 1 else ""
    return Check(name, "warn", f"{found}; to be done: {changes[0]}{more}", _UP)


def _reach(addresses: str) -> None:
    """Any of them. Raises ConnectionError naming them."""
    last: OSError | None = None
    for address in addresses.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _TIMEOUT_S).close()
        except OSError as error:
            last = error
        else:
            return
    raise ConnectionRefusedError(last.errno if last else 0, f"nothing listens ({last})", addresses)


CHECKS = (_database, _kafka, _registry, _connect, _elasticsearch, _redis)
