"""Which search engine the platform gets: the one place that looks at `HERO_STACK` for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from herofactory.platform.settings import Settings
from herofactory.search.document import ItemDocument
from herofactory.search.port import SearchReader, SearchWriter
from herofactory.search.report import RebuildReport

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

SEARCH_S = 5.0
"""Seconds a server's answer to a search may take; people go on waiting for no longer, and threads are few."""
WRITE_S = 30.0
Documents = Callable[[], Iterable[ItemDocument]]
"""All there are; called again for each rebuild."""
Alone = Callable[[], AbstractContextManager[object]]
"""Keeps other processes from building an index meanwhile."""


class OpenReader(SearchReader, Protocol):
    def close(self) -> None: ...


class IndexOwner(Protocol):
    """The writing side with its index. Used by one thread."""

    def open(self, documents: Documents, alone: Alone) -> RebuildReport | None:
        """Ready to write; what was built where there was no index, or one of another version."""

    @property
    def writer(self) -> SearchWriter:
        """Of an open one."""

    def rebuild(self, documents: Documents) -> RebuildReport:
        """In place of the one that is searched meanwhile."""

    def close(self) -> None: ...


def open_reader(settings: Settings) -> OpenReader:
    """Loads the analyser's dictionary, which takes a moment; the index itself may come later."""
    if settings.stack == "kafka":
        from herofactory.search.elasticsearch.owner import ClosingReader

        return ClosingReader(elasticsearch_of(settings, SEARCH_S))
    from herofactory.search.embedded.store import IndexStore

    return IndexStore(settings.folder / "search").open_reader()


def index_owner(settings: Settings) -> IndexOwner:
    retention_s = settings.search_gone_retention_s
    if settings.stack == "kafka":
        from herofactory.search.elasticsearch.owner import ElasticsearchOwner

        return ElasticsearchOwner(elasticsearch_of(settings), retention_s)
    from herofactory.search.embedded.owner import EmbeddedOwner
    from herofactory.search.embedded.store import IndexStore

    return EmbeddedOwner(IndexStore(settings.folder / "search", gone_retention_s=retention_s))


def elasticsearch_of(settings: Settings, timeout_s: float = WRITE_S) -> Elasticsearch:
    """Connects to nothing yet."""
    from herofactory.search.elasticsearch.client import make_client

    key = settings.elasticsearch_api_key
    urls = [url.strip() for url in settings.elasticsearch_url.get_secret_value().split(",")]
    encrypted = settings.ca_file and all(url.startswith("https:") for url in urls)
    ca = str(settings.ca_file) if encrypted else None  # which the client refuses for an address without encryption
    return make_client(urls, api_key=key.get_secret_value() if key else None, ca_certs=ca, timeout_s=timeout_s)
