from __future__ import annotations

from collections.abc import Iterator

from elasticsearch import Elasticsearch

from herofactory.search.elasticsearch import generation
from herofactory.search.elasticsearch.client import ALIAS, told_as_ours
from herofactory.search.elasticsearch.held import held
from herofactory.search.elasticsearch.mapping import IndexOptions
from herofactory.search.elasticsearch.owner import ElasticsearchOwner, alias_of
from herofactory.search.elasticsearch.writer import WEEK_S
from herofactory.search.errors import IndexMissing
from herofactory.search.places import Held

_USUAL = IndexOptions()
# Nobody searches it before it is in use, and until then nobody pays for refreshes.
_UNSEEN = IndexOptions(refresh_interval="-1")


class ElasticsearchPlaces:
    """places.IndexPlaces: an alias `<alias>-<place>` each, and `<alias>` for readers, on what is in use."""

    def __init__(self, client: Elasticsearch, gone_retention_s: float = WEEK_S, alias: str = ALIAS) -> None:
        """The client is closed with it."""
        self._client = client
        self._retention_s = gone_retention_s
        self._alias = alias

    def in_use(self) -> str:
        """Raises IndexMissing."""
        with told_as_ours(self._alias):
            name = generation.current(self._client, self._alias)
            names = generation.aliases(self._client, name) if name else []
        places = [each.removeprefix(f"{self._alias}-") for each in names if each != self._alias]
        if len(places) != 1:
            raise IndexMissing(
                f"The alias {self._alias!r} stands for no place (but {name}); start a worker, it adopts it."
            )
        return places[0]

    def create(self, place: str) -> None:
        with told_as_ours(self._alias):
            if generation.current(self._client, alias_of(self._alias, place)) is None:
                generation.ensure(self._client, alias_of(self._alias, place), _UNSEEN)

    def use(self, place: str) -> None:
        """What it holds is seen from the first search on."""
        with told_as_ours(self._alias):
            name = self._current(place)
            self._client.indices.put_settings(index=name, settings={"index.refresh_interval": _USUAL.refresh_interval})
            self._client.indices.refresh(index=name)
            generation.make_current(self._client, self._alias, name)

    def drop(self, place: str) -> None:
        """With what a rebuild may have left of it. Searches under way are answered from what they have open."""
        with told_as_ours(self._alias):
            name = generation.current(self._client, alias_of(self._alias, place))
            names = generation.others(self._client, alias_of(self._alias, place)) + ([name] if name else [])
            if names:
                self._client.indices.delete(index=names)

    def settle(self, place: str) -> None:
        with told_as_ours(self._alias):
            self._client.indices.refresh(index=self._current(place))

    def held(self, place: str) -> Iterator[Held]:
        with told_as_ours(self._alias):
            name = self._current(place)
            self._client.indices.refresh(index=name)
            yield from held(self._client, name)

    def owner(self, place: str) -> ElasticsearchOwner:
        return ElasticsearchOwner(self._client, self._retention_s, place, self._alias)

    def close(self) -> None:
        self._client.close()

    def _current(self, place: str) -> str:
        name = generation.current(self._client, alias_of(self._alias, place))
        if name is None:
            raise IndexMissing(f"There is no search index in place {place!r} of {self._alias!r}.")
        return name
