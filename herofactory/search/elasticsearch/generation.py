"""What was built behind an alias, one after the other: `<alias>-<id>` each; the alias moves to the next in one step.

Each place has such an alias. The one that readers use is a second alias of what is current in the place in use.
"""

from __future__ import annotations

from elasticsearch import BadRequestError, Elasticsearch

from herofactory.platform.ids import uuid7
from herofactory.search.elasticsearch.mapping import IndexOptions, index_body, stamp
from herofactory.search.errors import IndexMissing, StampMismatch

_USUAL = IndexOptions()
_FIRST, _EXISTS = "first", "resource_already_exists_exception"


def create(client: Elasticsearch, alias: str, options: IndexOptions = _USUAL) -> str:
    """An empty generation, not in use yet; its name."""
    name = f"{alias}-{uuid7()}"
    client.indices.create(index=name, **index_body(options))
    return name


def current(client: Elasticsearch, alias: str) -> str | None:
    """The generation in use; None before the first."""
    if not client.indices.exists_alias(name=alias):
        return None
    names = list(client.indices.get_alias(name=alias))
    if len(names) != 1:
        raise RuntimeError(f"The alias {alias!r} stands for {sorted(names)}; it must stand for one index.")
    return str(names[0])


def make_current(client: Elasticsearch, alias: str, generation: str) -> None:
    """Moves the alias from whatever it stands for, atomically."""
    before = [{"remove": {"index": f"{alias}-*", "alias": alias, "must_exist": False}}]
    client.indices.update_aliases(actions=[*before, {"add": {"index": generation, "alias": alias}}])


def replace(client: Elasticsearch, alias: str, generation: str) -> None:
    """Moves the alias, and with it every other that its index has: whoever reads it under that one goes along."""
    before = current(client, alias)
    if before is None:
        make_current(client, alias, generation)
        return
    names = aliases(client, before)
    leave = [{"remove": {"index": before, "alias": name, "must_exist": True}} for name in names]
    client.indices.update_aliases(actions=[*leave, *({"add": {"index": generation, "alias": name}} for name in names)])


def aliases(client: Elasticsearch, generation: str) -> list[str]:
    return sorted(client.indices.get_alias(index=generation)[generation]["aliases"])


def ensure(client: Elasticsearch, alias: str, options: IndexOptions = _USUAL) -> bool:
    """Makes an empty index where there is none; whether it did. Raises StampMismatch for one of another version.

    Of several processes that find none, one makes it: the first generation's name is fixed, and it is born with the
    alias.
    """
    existing = current(client, alias)
    if existing is None:
        try:
            client.indices.create(index=f"{alias}-{_FIRST}", aliases={alias: {}}, **index_body(options))
            return True
        except BadRequestError as error:
            if error.error != _EXISTS:
                raise
        existing = current(client, alias)
    if existing is None:
        raise IndexMissing(f"{alias}-{_FIRST} exists without the alias {alias!r}; rebuild the search index.")
    check(client, existing)
    return False


def check(client: Elasticsearch, generation: str) -> None:
    """Raises StampMismatch unless the generation was made by this version of the program, with these words."""
    meta = client.indices.get_mapping(index=generation)[generation]["mappings"].get("_meta", {})
    theirs, ours = meta.get("stamp", {}), stamp()
    names = sorted(theirs.keys() | ours.keys())
    pairs = {name: (str(theirs.get(name, "nothing")), ours.get(name, "nothing")) for name in names}
    if differing := {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}:
        raise StampMismatch(generation, differing)


def others(client: Elasticsearch, alias: str) -> list[str]:
    """Generations that are not in use: the former one, leftovers, and what another process is building."""
    in_use = current(client, alias)
    return sorted(name for name in client.indices.get(index=f"{alias}-*") if name != in_use)


def remove_unused(client: Elasticsearch, alias: str) -> list[str]:
    """Only where nobody else rebuilds; their names. The one in use takes writes again, if a rebuild died on it."""
    unused = others(client, alias)
    if unused:
        client.indices.delete(index=unused)
    if in_use := current(client, alias):
        unblock(client, in_use)
    return unused


def block(client: Elasticsearch, generation: str) -> None:
    """Refuses writes from now on; those under way are done when this returns."""
    client.indices.add_block(index=generation, block="write")


def unblock(client: Elasticsearch, generation: str) -> None:
    """Takes writes again; nothing happens where it does already."""
    client.indices.put_settings(index=generation, settings={"index.blocks.write": None})
