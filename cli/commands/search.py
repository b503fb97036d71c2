"""`hero search`: what the API finds, in the terminal."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.options import Json, Port, console, print_json


def search(
    text: Annotated[str, typer.Argument(help="What to look for, Korean or English.")],
    category: Annotated[str | None, typer.Option(help="Only this category (weapon, armor, ...).")] = None,
    tag: Annotated[str | None, typer.Option(help="Only items with this tag.")] = None,
    sort: Annotated[str | None, typer.Option(help="relevance, newest, price_asc, price_desc or popular.")] = None,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=100, help="How many to show.")] = 10,
    port: Port = None,
    json: Json = False,
) -> None:
    """Search the catalogue of the running platform."""
    from cli.api_client import ApiClient
    from cli.configure import settings_of_running

    wanted = {"q": text, "category": category, "tag": tag, "sort": sort, "limit": limit}
    with ApiClient(settings_of_running(port=port)) as api:
        found = api.get("/api/v1/search", {name: value for name, value in wanted.items() if value is not None})
    if json:
        print_json(found)
    else:
        _show(text, found)


def _show(text: str, found: dict[str, Any]) -> None:
    from cli.tables.listing import Listing

    suggestions = [each if isinstance(each, str) else each.get("text", "") for each in found.get("suggestions") or []]
    meant = f"; meant: {', '.join(suggestions)}?" if suggestions else ""
    console.print(f"{found['total']:,} items for {text!r}{meant}")
    if not found["items"]:
        return
    table = Listing("name", "category", "price", "tags", numbers=("price",), prose=("name", "tags"))
    for item in found["items"]:
        table.add(item["name"], item["category"], f"{item['price']:,} KRW", " ".join(item["tags"]))
    console.print(table)
