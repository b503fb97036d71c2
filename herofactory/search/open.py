"""Which search engine the platform gets: the one place that looks at `HERO_STACK` for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from herofactory.platform.adapters import without_password
from herofactory.platform.settings import Settings
from herofactory.search.places import IndexPlaces
from herofactory.search.port import SearchReader

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

SEARCH_S = 5.0
"""Seconds a server's answer to a search may take; people go on waiting for no longer, and threads are few."""
WRITE_S = 30.0


class OpenReader(SearchReader, Protocol):
    def close(self) -> None: ...


def open_reader(settings: Settings) -> OpenReader:
    """Loads the analyser's dictionary, which takes a moment; the index itself may come later."""
    if settings.stack == "kafka":
        from herofactory.search.elasticsearch.owner import ClosingReader

        return ClosingReader(elasticsearch_of(settings, SEARCH_S))
    from herofactory.search.embedded.store import IndexStore

    return IndexStore(settings.folder / "search").open_reader()


def index_places(settings: Settings) -> IndexPlaces:
    """Connects to nothing yet."""
    retention_s = settings.search_gone_retention_s
    if settings.stack == "kafka":
        from herofactory.search.elasticsearch.places import ElasticsearchPlaces

        return ElasticsearchPlaces(elasticsearch_of(settings), retention_s)
    from herofactory.search.embedded.places import EmbeddedPlaces

    return EmbeddedPlaces(settings.folder / "search", retention_s)


def engine_of(settings: Settings) -> str:
    """What it is, and where, without passwords."""
    if settings.stack != "kafka":
        return "the search index"
    urls = settings.elasticsearch_url.get_secret_value().split(",")
    return f"Elasticsearch at {', '.join(without_password(url.strip()) for url in urls)}"


def elasticsearch_of(settings: Settings, timeout_s: float = WRITE_S) -> Elasticsearch:
    """Connects to nothing yet."""
    from herofactory.search.elasticsearch.client import make_client

    key = settings.elasticsearch_api_key
    urls = [url.strip() for url in settings.elasticsearch_url.get_secret_value().split(",")]
    encrypted = settings.ca_file and all(url.startswith("https:") for url in urls)
    ca = str(settings.ca_file) if encrypted else None  # which the client refuses for an address without encryption
    return make_client(urls, api_key=key.get_secret_value() if key else None, ca_certs=ca, timeout_s=timeout_s)
