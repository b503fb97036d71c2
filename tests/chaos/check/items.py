"""Items: the rows are what was acknowledged, and what is served is what is approved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from tests.chaos.check.evidence import Evidence
from tests.chaos.check.problems import Problems
from tests.chaos.drafts import token_of
from tests.chaos.ledger import Entry, Ledger

Rows = Mapping[str, Mapping[str, Any]]
"""By the token of their content."""
_ROWS = "SELECT id::text, name, price, status, revision, content_revision, verdict FROM items"


def rows_of(evidence: Evidence, problems: Problems) -> Rows:
    """A token that two rows hold is a problem: one call took effect twice."""
    rows: dict[str, dict[str, Any]] = {}
    for row in evidence.rows(_ROWS):
        token = token_of(row["name"])
        if token in rows:
            problems.add(f"two rows hold {row['name']!r}: {rows[token]['id']}, {row['id']}")
        rows[token] = row
    return rows


def check_rows(ledger: Ledger, rows: Rows, problems: Problems) -> None:
    alive = {entry.draft.token: entry for entry in ledger.alive()}
    for token in alive.keys() - rows.keys():
        problems.of(alive[token], "accepted, but not in the database")
    for token in rows.keys() - alive.keys():
        problems.add(f"in the database, but nobody was told so or it was deleted: {rows[token]}")
    for token in alive.keys() & rows.keys():
        _check_row(alive[token], rows[token], problems)


def _check_row(entry: Entry, row: Mapping[str, Any], problems: Problems) -> None:
    if row["status"] != ("approved" if entry.draft.listed else "rejected"):
        problems.of(entry, f"is {row['status']} by {row['verdict']}")
    if row["price"] != entry.draft.price:
        problems.of(entry, f"costs {row['price']}")
    if entry.id not in (None, row["id"]):
        problems.of(entry, f"has become {row['id']}")


def check_served(evidence: Evidence, ledger: Ledger, rows: Rows, problems: Problems) -> None:
    with evidence.http() as http:
        _check_everything(http, {row["id"] for row in rows.values() if row["status"] == "approved"}, problems)
        _check_tokens(http, ledger, rows, problems)
        _check_hidden(http, ledger, rows, problems)


def _check_everything(http: httpx.Client, listed: set[str], problems: Problems) -> None:
    """Page through all there is."""
    times = Counter(item["id"] for item in _everything(http))
    problems.extend(f"{each} is found {count} times" for each, count in times.items() if count > 1)
    problems.extend(f"{each} is approved but not found among everything" for each in listed - times.keys())
    problems.extend(f"{each} is found but not approved" for each in times.keys() - listed)
    total = http.get("/api/v1/search").raise_for_status().json()["total"]
    if total != len(listed):
        problems.add(f"the index holds {total} items, {len(listed)} are approved")


def _check_tokens(http: httpx.Client, ledger: Ledger, rows: Rows, problems: Problems) -> None:
    """Each by its own word and price: exactly the one item in the index, or none."""
    for entry in ledger.alive():
        row = rows.get(entry.draft.token)
        wanted = [row["id"]] if row and entry.draft.listed else []
        price = {"min_price": entry.draft.price, "max_price": entry.draft.price}
        if (found := _by_token(http, entry.draft.token, **price)) != (len(wanted), wanted):
            problems.of(entry, f"its word and price find {found}, not {wanted}")
    for token in ledger.gone_tokens():
        if (found := _by_token(http, token)) != (0, []):
            problems.add(f"{token} was changed, refused or deleted, but finds {found}")


def _check_hidden(http: httpx.Client, ledger: Ledger, rows: Rows, problems: Problems) -> None:
    hidden = [row["id"] for row in rows.values() if row["status"] != "approved"]
    hidden += [entry.id for entry in ledger.entries.values() if entry.deleted and entry.id]
    for each in hidden:
        if (status := http.get(f"/api/v1/items/{each}").status_code) != 404:
            problems.add(f"GET of the item {each}, deleted or not approved, answers {status}")
    for each in ledger.hidden_images:
        if (status := http.get(f"/api/v1/assets/{each}").status_code) != 404:
            problems.add(f"GET of the image {each} of a rejected item answers {status}")


def _everything(http: httpx.Client) -> Iterator[dict[str, Any]]:
    query: dict[str, Any] = {"limit": 100, "sort": "newest"}
    while True:
        page = http.get("/api/v1/search", params=query).raise_for_status().json()
        yield from page["items"]
        if not page["next_cursor"]:
            return
        query["cursor"] = page["next_cursor"]


def _by_token(http: httpx.Client, token: str, **filters: int) -> tuple[int, list[str]]:
    """What the index counts, and what is shown."""
    page = http.get("/api/v1/search", params={"q": token, **filters}).raise_for_status().json()
    if page["corrected_to"]:
        return 0, []
    return page["total"], [item["id"] for item in page["items"]]
