from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from herofactory.search.document import ItemDocument
from herofactory.search.embedded import generation
from herofactory.search.embedded.store import IndexStore
from herofactory.search.errors import IndexBusy, IndexDamaged, IndexMissing, StampMismatch
from herofactory.search.port import Stored
from herofactory.search.query import SearchQuery
from herofactory.search.write import Outcome, Remove, Upsert
from tests.contract.search_index import item


@pytest.fixture
def store(tmp_path: Path) -> IndexStore:
    return IndexStore(tmp_path / "search")


def filled(store: IndexStore, *documents: ItemDocument) -> None:
    writer = store.open_writer()
    writer.apply([Upsert(document) for document in documents])
    writer.close()


def names(store: IndexStore, text: str = "") -> list[str]:
    reader = store.open_reader()
    try:
        return sorted(hit.document.name for hit in reader.search(SearchQuery(text)).hits)
    finally:
        reader.close()


def generations(store: IndexStore) -> list[str]:
    return sorted(path.name for path in store.root.glob("generation-*"))


def another_process(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


def test_a_reader_before_the_first_writer_says_that_there_is_no_index_and_then_follows(store: IndexStore) -> None:
    reader = store.open_reader()
    with pytest.raises(IndexMissing, match="no search index"):
        reader.search(SearchQuery("검"))
    filled(store, item("a"))
    assert reader.search(SearchQuery("검")).total == 1
    reader.close()


def test_what_was_written_is_there_after_reopening(store: IndexStore) -> None:
    filled(store, item("a", "검"))
    filled(store, item("b", "방패"))
    assert names(store) == ["검", "방패"]
    assert len(generations(store)) == 1


def test_readers_of_a_removed_item_never_see_it_again(store: IndexStore) -> None:
    filled(store, item("a"))
    reader = store.open_reader()
    assert reader.count() == 1
    writer = store.open_writer()
    writer.apply([Remove("a", 2)])
    writer.close()
    assert reader.search(SearchQuery("검")).total == 0
    reader.close()


def test_a_second_writer_is_refused_while_the_first_lives(store: IndexStore) -> None:
    writer = store.open_writer()
    with pytest.raises(IndexBusy, match="Another process writes"):
        store.open_writer(wait_s=0.1)
    with pytest.raises(IndexBusy):
        store.rebuild([], wait_s=0)
    writer.close()
    store.open_writer(wait_s=0).close()


WRITES_UNTIL_KILLED = """
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from herofactory.search.embedded.store import IndexStore
from herofactory.search.write import Upsert
from tests.contract.search_index import item
writer = IndexStore(Path(sys.argv[1])).open_writer()
for n in range(100_000):
    assert all(told.succeeded for told in writer.apply([Upsert(item(f"id{n}"))]))
    print(n, flush=True)
"""


def test_every_acknowledged_write_survives_kill_9_and_the_lock_does_not(store: IndexStore) -> None:
    writing = another_process(WRITES_UNTIL_KILLED, str(store.root))
    assert writing.stdout is not None
    acknowledged = [int(writing.stdout.readline()) for _ in range(20)]
    writing.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in writing.stdout if line.endswith("\n")]
    writing.wait()
    writing.stdout.close()
    writer = store.open_writer(wait_s=5)
    reader = store.open_reader()
    assert all(reader.stored(f"id{n}") == Stored(1, gone=False) for n in acknowledged)
    reader.close()
    writer.close()


# -- rebuilding


def test_a_rebuild_replaces_everything_and_open_readers_follow(store: IndexStore) -> None:
    filled(store, item("a", "검"), item("b", "활"))
    reader = store.open_reader()
    assert reader.count() == 2
    before = generations(store)
    report = store.rebuild([item("a", "방패", revision=4), item("c", "창")])
    assert (report.indexed, report.failed) == (2, ())
    assert sorted(hit.document.name for hit in reader.search(SearchQuery()).hits) == ["방패", "창"]
    reader.close()
    store.open_writer().close()
    assert generations(store) == [report.generation] != before


def test_the_writer_rebuilds_and_goes_on(store: IndexStore) -> None:
    writer = store.open_writer()
    reader = store.open_reader()
    writer.apply([Upsert(item("a", "검")), Upsert(item("b", "활"))])
    writer.rebuild([item("a", "방패", revision=4)])
    assert writer.apply([Upsert(item("a", "투구", revision=3))])[0].outcome is Outcome.STALE
    assert writer.apply([Upsert(item("d", "낫"))])[0].outcome is Outcome.OK
    assert sorted(hit.document.name for hit in reader.search(SearchQuery()).hits) == ["낫", "방패"]
    reader.close()
    writer.close()


def test_a_rebuild_remembers_what_is_gone(store: IndexStore) -> None:
    writer = store.open_writer()
    writer.apply([Remove("a", 5), Remove("b", 5)])
    writer.rebuild([item("b", revision=6)])
    assert writer.apply([Upsert(item("a", revision=4))])[0].outcome is Outcome.STALE
    assert writer.apply([Upsert(item("a", revision=6))])[0].outcome is Outcome.OK
    writer.close()
    assert names(store) == ["검", "검"]


def test_an_old_generation_is_kept_while_somebody_reads_it(store: IndexStore) -> None:
    filled(store, item("a"))
    first = generations(store)[0]
    path = generation.current(store.root)
    assert path is not None
    with generation.readers_lock(path) as held:
        assert held.acquire("shared")
        store.rebuild([item("a", revision=2)])
        assert first in generations(store)
    store.open_writer().close()
    assert first not in generations(store)


def test_a_rebuild_that_fails_leaves_the_old_index_in_use(store: IndexStore) -> None:
    filled(store, item("a"))

    def broken() -> Iterator[ItemDocument]:
        yield item("b")
        raise ConnectionError("the database went away")

    before = generations(store)
    writer = store.open_writer()
    with pytest.raises(ConnectionError):
        writer.rebuild(broken())
    assert writer.apply([Upsert(item("c", "활"))])[0].outcome is Outcome.OK
    writer.close()
    assert generations(store) == before
    assert names(store) == ["검", "활"]


DIES_IN_A_REBUILD = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from herofactory.search.embedded.store import IndexStore
from tests.contract.search_index import item
def documents():
    yield item("b")
    os.kill(os.getpid(), 9)
    yield item("c")
IndexStore(Path(sys.argv[1])).rebuild(documents())
"""


def test_a_crash_within_a_rebuild_leaves_the_old_index_in_use_and_its_leftovers_are_removed(store: IndexStore) -> None:
    filled(store, item("a"))
    dead = another_process(DIES_IN_A_REBUILD, str(store.root))
    assert dead.wait() == -signal.SIGKILL
    assert dead.stdout is not None
    dead.stdout.close()
    assert len(generations(store)) == 2
    assert names(store) == ["검"]
    store.open_writer().close()
    assert len(generations(store)) == 1
    assert names(store) == ["검"]


def test_searches_go_on_while_the_index_is_written_and_rebuilt(store: IndexStore) -> None:
    filled(store, *(item(f"id{n}") for n in range(50)))
    reader = store.open_reader()
    stop = threading.Event()

    def look() -> int:
        looked = 0
        while not stop.is_set():
            page = reader.search(SearchQuery("검"))
            assert (page.total, len(page.hits)) == (50, 20)
            looked += 1
        return looked

    with ThreadPoolExecutor(3) as pool:
        looking = [pool.submit(look) for _ in range(3)]
        writer = store.open_writer()
        try:
            for revision in range(2, 12):
                writer.apply([Upsert(item(f"id{n}", revision=revision)) for n in range(50)])
                if revision % 3 == 0:
                    writer.rebuild(item(f"id{n}", revision=revision) for n in range(50))
        finally:
            stop.set()
            writer.close()
        assert all(future.result() > 0 for future in looking)
    reader.close()


def test_documents_that_cannot_be_indexed_are_reported_and_the_others_indexed(store: IndexStore) -> None:
    bad = item("bad")
    object.__setattr__(bad, "price", 2**70)
    report = store.rebuild([item("a"), bad, item("b")])
    assert report.indexed == 2
    assert [id for id, _ in report.failed] == ["bad"]


# -- stamps


def test_an_index_of_another_version_is_refused_by_name_and_can_be_rebuilt(store: IndexStore) -> None:
    writer = store.open_writer()
    writer.apply([Upsert(item("a")), Remove("b", 9)])
    writer.close()
    path = generation.current(store.root)
    assert path is not None
    stamp = json.loads((path / "stamp.json").read_text())
    (path / "stamp.json").write_text(json.dumps(stamp | {"user_dictionary": "older"}))
    with pytest.raises(StampMismatch, match=r"user_dictionary older .*rebuild it from the database") as refused:
        store.open_writer()
    assert list(refused.value.differing) == ["user_dictionary"]
    with pytest.raises(StampMismatch):
        names(store)
    store.rebuild([item("a", "방패", revision=2)])
    assert names(store) == ["방패"]
    reader = store.open_reader()
    assert reader.stored("b") == Stored(9, gone=True)
    reader.close()


def test_an_index_without_a_stamp_is_refused(store: IndexStore) -> None:
    filled(store)
    path = generation.current(store.root)
    assert path is not None
    (path / "stamp.json").unlink()
    with pytest.raises(StampMismatch, match="schema nothing"):
        store.open_writer()


def test_a_deleted_index_is_made_anew(store: IndexStore) -> None:
    filled(store, item("a"))
    path = generation.current(store.root)
    assert path is not None
    shutil.rmtree(path)
    writer = store.open_writer()
    assert writer.created
    writer.apply([Upsert(item("b", "활"))])
    writer.close()
    assert names(store) == ["활"]
    reopened = store.open_writer()
    assert not reopened.created
    reopened.close()


def test_a_damaged_index_is_refused_and_can_be_rebuilt(store: IndexStore) -> None:
    filled(store, item("a"))
    path = generation.current(store.root)
    assert path is not None
    for file in (*path.glob("*.store"), path / "meta.json"):
        file.write_bytes(b"no index")
    with pytest.raises(IndexDamaged, match="rebuild it"):
        store.open_writer()
    store.rebuild([item("a", "방패")])
    assert names(store) == ["방패"]


def test_a_process_that_only_reads_holds_little_memory(store: IndexStore) -> None:
    filled(store, *(item(f"id{n}") for n in range(200)))
    code = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from herofactory.search.embedded.store import IndexStore
from herofactory.search.query import SearchQuery
reader = IndexStore(Path(sys.argv[1])).open_reader()
assert reader.search(SearchQuery("마법검 sword")).total == 0 and reader.search(SearchQuery("검")).total == 200
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("RssAnon")))
"""
    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc")
    reading = another_process(code, str(store.root))
    told, _ = reading.communicate(timeout=60)
    assert int(told) < 80_000  # kB; the 100 MB of dictionary are mapped and shared
