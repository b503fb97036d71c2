"""`hero dlq`: events that an agent set aside."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import CliError
from cli.options import Data, Json, console, print_json

if TYPE_CHECKING:
    from herofactory.platform.delivery import DeadLetter

app = typer.Typer(help="Dead letters: events that an agent set aside, with the cause.", no_args_is_help=True)


@app.command("list")
def list_letters(
    agent: Annotated[str | None, typer.Argument(help="Only this agent's.")] = None,
    cause: Annotated[str | None, typer.Option(help="Only with this cause.")] = None,
    key: Annotated[str | None, typer.Option(help="Only of this key (an item id).")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List dead letters, oldest first."""
    from cli.configure import settings_of_running
    from cli.running import existing_log
    from herofactory.platform.delivery import list_dead_letters

    with closing(existing_log(settings_of_running(data=data))) as log:
        letters = list(list_dead_letters(log, agent, cause=cause, key=key))
    if json:
        print_json([_about(letter) for letter in letters])
    elif letters:
        _show_table(letters)
    else:
        console.print("no dead letters")


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="As `hero dlq list` names it: AGENT:TOPIC:PARTITION:OFFSET.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Show one dead letter whole: cause, headers, and the decoded event."""
    from cli.compose import codec_of, values_of
    from cli.configure import settings_of_running
    from cli.records import decoded
    from cli.running import existing_log
    from herofactory.platform.delivery import list_dead_letters

    settings = settings_of_running(data=data)
    with closing(existing_log(settings)) as log:
        found = [each for each in list_dead_letters(log, letter.partition(":")[0]) if name_of(each) == letter]
        if not found:
            raise CliError(f"no dead letter {letter!r}: `hero dlq list` shows those that there are")
        value, problem = decoded(found[0].topic, found[0].value, values_of(codec_of(settings, log)))
    whole = {
        **_about(found[0]),
        "headers": {name: value.decode(errors="replace") for name, value in found[0].headers.items()},
        "value": value,
        **({"undecodable": problem} if problem else {}),
    }
    if json:
        print_json(whole)
    else:
        console.print_json(data=whole, ensure_ascii=False, default=str)


def name_of(letter: DeadLetter) -> str:
    return ":".join(map(str, letter.coordinates))


def _about(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": name_of(letter),
        "agent": letter.agent,
        "class": letter.kind,
        "cause": letter.cause,
        "message": letter.message,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "attempts": letter.attempts,
        "at": letter.at.isoformat(),
        "key": None if letter.key is None else letter.key.decode(errors="replace"),
        "event_id": letter.event_id,
    }


def _show_table(letters: list[DeadLetter]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("id", "at", "class", "cause", "message"):
        table.add_column(column, overflow="fold")
    for letter in letters:
        table.add_row(name_of(letter), f"{letter.at:%Y-%m-%d %H:%M:%S}", letter.kind, letter.cause, letter.message)
    console.print(table)
