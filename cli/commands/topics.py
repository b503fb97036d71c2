"""`hero topics`: what travels through the log."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Annotated, Any

import typer

from cli.options import Data, Json, console, print_json, print_json_line

app = typer.Typer(help="Topics of the event log.", no_args_is_help=True)
FOLLOW_S = 0.2


@app.command("list")
def list_topics(data: Data = None, json: Json = False) -> None:
    """Every topic: who writes it, its key, partitions, retention, and how many records it holds."""
    from cli.configure import settings_of_running
    from cli.running import existing_log

    with closing(existing_log(settings_of_running(data=data))) as log:
        rows = _rows(log)
    if json:
        print_json(rows)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("topic", "key", "values", "partitions", "kept", "records", "written by"):
        numbers = column in ("partitions", "records")
        table.add_column(column, justify="right" if numbers else "left", no_wrap=column == "topic", overflow="fold")
    for row in rows:
        table.add_row(
            row["name"], row["key"], row["values"], str(row["partitions"]), _kept(row), _count(row), row["owner"]
        )
    console.print(table)


@app.command()
def apply(data: Data = None, json: Json = False) -> None:
    """Create missing topics, bring retention up to date, register the schemas. Refuses incompatible ones.

    A difference is shown before it is changed.
    """
    from cli.compose import apply_topics, open_log
    from cli.configure import settings_of_running
    from cli.provision.topics import Topics
    from streams.topics import configs

    settings = settings_of_running(data=data)
    with closing(open_log(settings)) as log:
        changes = Topics(log, configs()).changes()
        for line in [] if json else changes:
            console.print(line)
        ids = dict(apply_topics(settings, log))
        names = sorted(log.topics())
    if json:
        print_json({"topics": names, "schemas": ids, "changes": changes})
    else:
        console.print(f"{len(names)} topics are there; schemas: " + ", ".join(f"{t} = {n}" for t, n in ids.items()))


@app.command()
def tail(
    topic: Annotated[str, typer.Argument(help="Name, as `hero topics list` shows it.")],
    count: Annotated[int, typer.Option("-n", min=0, max=100_000, metavar="N", help="How many of the newest.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    data: Data = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Show the newest records, decoded."""
    from cli.compose import codec_of, values_of
    from cli.configure import settings_of_running
    from cli.records import after, newest, readable
    from cli.running import existing_log

    show = print_json_line if json else _show
    settings = settings_of_running(data=data)
    with closing(existing_log(settings)) as log:
        values = values_of(codec_of(settings, log))
        positions = {partition: held.end for partition, held in log.offsets(topic).items()}
        for record in newest(log, topic, count):
            positions[record.partition] = max(positions[record.partition], record.offset + 1)
            show(readable(record, values))
        while follow:
            for record in after(log, topic, positions):
                show(readable(record, values))
            time.sleep(FOLLOW_S)


def _rows(log: Any) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from streams.topics import TOPICS

    there = log.topics()
    return [
        {**asdict(topic), "records": _records(log, name) if name in there else None} for name, topic in TOPICS.items()
    ]


def _records(log: Any, name: str) -> int:
    """Offsets held; a compacted topic holds fewer records than that."""
    return sum(held.end - held.earliest for held in log.offsets(name).values())


def _count(row: dict[str, Any]) -> str:
    return "not created" if row["records"] is None else f"{row['records']:,}"


def _kept(row: dict[str, Any]) -> str:
    if row["compacted"]:
        return "newest per key"
    return "for ever" if row["retention_s"] is None else f"{row['retention_s'] / 86_400:g} days"


def _show(record: dict[str, Any]) -> None:
    place = f"{record['partition']}/{record['offset']}"
    console.print(f"{record['at']}  {place}  {record['key']}  rev {record['headers'].get('revision', '-')}")
    console.print_json(data=record["value"], ensure_ascii=False, indent=None)
