"""The search index as a replay target on a real Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch as Client
from pydantic import SecretStr

from herofactory.platform.eventlog.embedded import EmbeddedLog
from herofactory.platform.settings import Settings
from herofactory.search.elasticsearch.client import ALIAS
from herofactory.search.elasticsearch.reader import ElasticsearchReader
from streams.topics import ITEM_MIRRORED, TOPICS
from tests.contract.search_replay import SearchReplayContract
from tests.stack.searching import remove_generations
from tests.stack.servers.elasticsearch import Elasticsearch

pytestmark = [pytest.mark.stack, pytest.mark.anyio]


class TestOnElasticsearch(SearchReplayContract):
    @pytest.fixture
    def settings(self, tmp_path: Path, dsn: str, elasticsearch: Elasticsearch) -> Settings:
        return Settings(
            stack="kafka",
            data=tmp_path / "hero",
            database_url=SecretStr(dsn),
            elasticsearch_url=SecretStr(elasticsearch.url),
            _env_file=None,  # type: ignore[call-arg]
        )

    @pytest.fixture
    def replay_log(self, tmp_path: Path) -> Iterator[EmbeddedLog]:
        with closing(EmbeddedLog(tmp_path / "log", sync="OFF")) as log:
            log.create_topic(TOPICS[ITEM_MIRRORED].config())
            yield log

    @pytest.fixture
    def reader(self, client: Client) -> Iterator[ElasticsearchReader]:
        remove_generations(client, ALIAS)
        yield ElasticsearchReader(client)
        remove_generations(client, ALIAS)

    @pytest.fixture(autouse=True)
    def nothing_else(self, reader: ElasticsearchReader) -> None:
        """The platform's own alias, which other tests leave behind."""
