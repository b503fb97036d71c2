"""Search over 100,000 items: the embedded index against LIKE and pg_trgm on PostgreSQL, in one run.

    .venv/bin/python -m bench.search [--items N] [--dsn DSN] [--no-postgres]

Targets (engine time, 2 cores): p50 <= 3 ms, p99 <= 15 ms. Results: bench/results/search.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from herofactory.platform.postgres import EmbeddedPostgres
from herofactory.search.document import ItemDocument
from herofactory.search.embedded.reader import IndexReader
from herofactory.search.embedded.store import IndexStore
from herofactory.search.query import SearchQuery, Sort
from herofactory.search.write import Upsert

LOOKS = [
    "불타는",
    "얼어붙은",
    "낡은",
    "빛나는",
    "검은",
    "하얀",
    "저주받은",
    "전설의",
    "고대의",
    "거대한",
    "작은",
    "부서진",
    "녹슨",
    "황금",
    "신성한",
    "어두운",
]
OWNERS = [
    "전사의",
    "마법사의",
    "엘프의",
    "오크의",
    "드워프의",
    "해적의",
    "왕의",
    "용의",
    "악마의",
    "천사의",
    "도적의",
    "궁수의",
    "사제의",
    "마녀의",
]
MATTERS = [
    "강철",
    "나무",
    "은",
    "미스릴",
    "수정",
    "뼈",
    "가죽",
    "용암",
    "번개",
    "얼음",
    "독",
    "그림자",
    "달빛",
    "별빛",
    "피",
    "바람",
]
THINGS = {
    "weapon": ["검", "대검", "단검", "활", "석궁", "도끼", "창", "지팡이", "완드", "철퇴", "망치", "권총"],
    "armor": ["방패", "갑옷", "투구", "장갑", "부츠", "망토", "로브"],
    "accessory": ["반지", "목걸이", "귀걸이", "왕관", "부적", "허리띠"],
    "consumable": ["물약", "포션", "주문서", "엘릭서", "해독제", "폭탄"],
    "material": ["광석", "주괴", "비늘", "가루", "원석", "약초"],
    "character": ["좀비", "슬라임", "고블린", "기사", "드래곤", "해골", "유령", "골렘"],
    "ui": ["버튼", "체력바", "인벤토리", "커서", "미니맵", "폰트"],
    "background": ["던전", "숲", "사막", "동굴", "마을", "성", "하늘"],
    "effect": ["폭발", "번개", "연기", "불꽃", "포털", "안개"],
}
SENTENCES = (
    "{thing}을 찾는 개발자를 위한 32x32 픽셀아트 아이콘입니다.",
    "{matter}으로 만든 {thing}, 투명 배경 PNG로 제공합니다.",
    "게임 상점과 인벤토리에 어울리는 {look} {thing}.",
    "{owner} 손에서 태어난 {thing}. 애니메이션 8프레임 포함.",
)
TAGS = [
    "판타지",
    "픽셀아트",
    "중세",
    "SF",
    "귀여운",
    "어두운",
    "횡스크롤",
    "RPG",
    "로그라이크",
    "아이콘",
    "스프라이트",
    "무료",
    "희귀",
    "전설",
]
BORN = datetime(2026, 1, 1, tzinfo=UTC)


def catalogue(count: int, seed: int = 7) -> Iterator[ItemDocument]:
    rng = random.Random(seed)
    for n in range(count):
        category = rng.choice(list(THINGS))
        words = {"look": rng.choice(LOOKS), "owner": rng.choice(OWNERS), "matter": rng.choice(MATTERS)}
        words["thing"] = rng.choice(THINGS[category])
        parts = [words[part] for part in ("look", "owner", "matter") if rng.random() < 0.5]
        yield ItemDocument(
            id=f"{rng.getrandbits(128):032x}",
            revision=1,
            name=" ".join([*parts, words["thing"]]),
            description=" ".join(text.format(**words) for text in rng.sample(SENTENCES, 2)),
            category=category,
            price=rng.choice((0, 500, 900, 1500, 3000, 4900, 9900, 15000)),
            tags=tuple(rng.sample(TAGS, 3)),
            popularity=rng.paretovariate(1.2),
            created_at=BORN + timedelta(seconds=n),
        )


def queries(count: int, seed: int = 11) -> list[SearchQuery]:
    """Two thirds have two or three words; a third is filtered, a fifth is not ordered by relevance."""
    rng = random.Random(seed)
    everything = [thing for things in THINGS.values() for thing in things]
    made = []
    for _ in range(count):
        parts = [rng.choice(words) for words in (LOOKS, OWNERS, MATTERS) if rng.random() < 0.35]
        category = rng.choice(list(THINGS)) if rng.random() < 0.17 else None
        thing = rng.choice(THINGS[category] if category else everything)
        made.append(
            SearchQuery(
                " ".join([*parts, thing]),
                category=category,
                max_price=rng.choice((900, 4900)) if rng.random() < 0.17 else None,
                sort=rng.choice(list(Sort)) if rng.random() < 0.25 else Sort.RELEVANCE,
            )
        )
    return made


def timed(call: Callable[[Any], object], arguments: Sequence[Any]) -> dict[str, float]:
    """Milliseconds per call."""
    took = []
    for argument in arguments:
        began = time.perf_counter()
        call(argument)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    share = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {name: round(took[min(int(len(took) * q), len(took) - 1)], 3) for name, q in share.items()} | {
        "n": len(took)
    }


def measure_index(root: Path, items: int, asked: list[SearchQuery]) -> dict[str, Any]:
    store = IndexStore(root)
    began = time.perf_counter()
    store.rebuild(catalogue(items))
    built = time.perf_counter() - began
    reader = store.open_reader()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for query in asked[:20]:
        reader.search(query)
    plain = [SearchQuery(q.text, q.category, q.tags, q.min_price, q.max_price, q.sort, facets=False) for q in asked]
    typed = [query.text[:n] for query in asked for n in (1, 2, 3)]
    result = {
        "items": reader.count(),
        "rebuild_s": round(built, 1),
        "rebuild_items_per_s": round(items / built),
        "bytes": sum(path.stat().st_size for path in root.rglob("*") if path.is_file()),
        "page_of_20_with_facets_and_highlights_ms": timed(reader.search, asked),
        "page_of_20_with_highlights_ms": timed(reader.search, plain),
        "browse_ms": timed(reader.search, [SearchQuery(offset=offset) for offset in range(0, 2000, 20)]),
        "found_nothing_and_corrected_ms": timed(reader.search, [SearchQuery(q.text + "뷁") for q in asked[:100]]),
        "suggest_ms": timed(reader.suggest, typed),
        "refresh_nothing_new_ms": timed(lambda _: reader.refresh(), range(200)),
        "broadest_total": max(reader.search(query).total for query in asked),
    }
    result |= measure_writes(store, reader)
    result["process_peak_rss_mb"] = round(max(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024)
    reader.close()
    return result


def measure_writes(store: IndexStore, reader: IndexReader) -> dict[str, Any]:
    writer = store.open_writer()
    fresh = list(catalogue(2_200, seed=99))

    def put(documents: list[ItemDocument]) -> None:
        writer.apply([Upsert(document) for document in documents])
        reader.refresh()

    one = timed(put, [[document] for document in fresh[:200]])
    bulk = timed(put, [fresh[n : n + 500] for n in range(200, 2_200, 500)])
    writer.close()
    return {"write_one_until_visible_ms": one, "write_500_until_visible_ms": bulk}


def measure_sql(connection: psycopg.Connection[Any], asked: list[SearchQuery]) -> dict[str, float]:
    """Every word somewhere in name, tags or description; total and the newest 20, as a page shows them."""

    def ask(query: SearchQuery) -> None:
        words = [f"%{word}%" for word in query.text.split()]
        clauses = " AND ".join(["haystack LIKE %s"] * len(words))
        values: list[object] = list(words)
        if query.category:
            clauses += " AND category = %s"
            values.append(query.category)
        if query.max_price is not None:
            clauses += " AND price <= %s"
            values.append(query.max_price)
        connection.execute(
            f"SELECT id, name, description, count(*) OVER () FROM items WHERE {clauses}"
            " ORDER BY created_at DESC LIMIT 20",
            values,
        ).fetchall()

    return timed(ask, asked)


def measure_postgres(dsn: str, items: int, asked: list[SearchQuery]) -> dict[str, Any]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        connection.execute("DROP TABLE IF EXISTS items")
        connection.execute(
            "CREATE TABLE items (id text PRIMARY KEY, name text, description text, category text, price int,"
            " created_at timestamptz, haystack text)"
        )
        with connection.cursor().copy("COPY items FROM STDIN") as copy:
            for d in catalogue(items):
                haystack = f"{d.name} {' '.join(d.tags)} {d.description}".lower()
                copy.write_row((d.id, d.name, d.description, d.category, d.price, d.created_at, haystack))
        connection.execute("CREATE INDEX ON items (created_at)")
        connection.execute("ANALYZE items")
        like = measure_sql(connection, asked[:100])
        connection.execute("CREATE INDEX ON items USING gin (haystack gin_trgm_ops)")
        connection.execute("ANALYZE items")
        trigram = measure_sql(connection, asked)
        connection.execute("DROP TABLE items")
    return {"like_ms": like, "pg_trgm_ms": trigram}


@contextmanager
def server(dsn: str | None, folder: Path) -> Iterator[str]:
    if dsn:
        yield dsn
    else:
        with EmbeddedPostgres(folder / "postgres") as postgres:
            yield postgres.dsn()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--dsn", default=os.environ.get("BENCH_DSN"))
    parser.add_argument("--no-postgres", action="store_true")
    options = parser.parse_args()
    asked = queries(options.queries)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": round(os.getloadavg()[0], 2)}
    result: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **machine}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL, started by root, runs as another account
        result["embedded"] = measure_index(folder / "search", options.items, asked)
        if not options.no_postgres:
            with server(options.dsn, folder) as dsn:
                result["postgres"] = measure_postgres(dsn, options.items, asked)
            ours = result["embedded"]["page_of_20_with_facets_and_highlights_ms"]
            result["times_slower_than_the_index"] = {
                f"{name} {part}": round(figures[part] / ours[part], 1)
                for name, figures in result["postgres"].items()
                for part in ("p50", "p99")
            }
    output = Path(__file__).parent / "results" / "search.json"
    output.parent.mkdir(exist_ok=True)
    output.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
