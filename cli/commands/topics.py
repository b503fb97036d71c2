"""`hero topics`: what travels through the log."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Annotated, Any

import typer

from cli.options import Data, Json, console, print_json, print_json_line, stderr

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
    from cli.tables.listing import Listing

    table = Listing(
        *("topic", "key", "values", "partitions", "kept", "records", "written by"),
        numbers=("partitions", "records"),
        prose=("key", "written by"),
        spare=("values", "partitions", "key", "written by"),
    )
    for row in rows:
        table.add(row["name"], row["key"], row["values"], str(row["partitions"]), _kept(row), _count(row), row["owner"])
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
        changes = Topics(log, configs(), settings.kafka_replication).changes()
        for line in [] if json else changes:
            console.print(line)
        ids = dict(apply_topics(settings, log))
        names = sorted(log.topics())
    if json:
        print_json({"topics": names, "schemas": ids, "changes": changes})
    else:
        console.print(f"{len(names)} topics are there; schemas: " + ", ".join(f"{t} = {n}" for t, n in ids.items()))


@app.command()
def copies() -> None:
    """Print what `kafka-reassign-partitions.sh` takes for as many copies as HERO_KAFKA_REPLICATION says.

    hero itself moves no copies: the command to begin with is told on standard error.
    """
    from cli.compose import open_kafka
    from cli.configure import settings_of_running
    from cli.errors import CliError
    from herofactory.platform.eventlog.kafka.replicas import reassignment
    from streams.topics import TOPICS

    settings = settings_of_running()
    if settings.stack != "kafka" or settings.kafka_replication is None:
        raise CliError("copies need HERO_STACK=kafka and their number in HERO_KAFKA_REPLICATION")
    with closing(open_kafka(settings)) as log:
        found, brokers = log.replicas()
    ours = {name: found[name] for name in found if name in TOPICS or name.startswith("debezium-heartbeat.")}
    try:
        print_json(reassignment(ours, brokers, settings.kafka_replication))
    except ValueError as error:
        raise CliError(f"HERO_KAFKA_REPLICATION={settings.kafka_replication}: {error}") from error
    servers = settings.kafka_bootstrap
    command = f"kafka-reassign-partitions.sh --bootstrap-server {servers} --reassignment-json-file FILE --execute"
    stderr.print(f"write it to a FILE, then: {command}", soft_wrap=True)


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
