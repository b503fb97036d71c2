"""`hero dlq`: events that an agent set aside."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

import typer

from cli.errors import FAILED, CliError
from cli.options import Data, Json, console, print_json

if TYPE_CHECKING:
    from cli.dead_letters import DeadLetters
    from herofactory.platform.delivery.letters import LetterFilter

app = typer.Typer(
    help="Dead letters: events that an agent set aside, with the cause; give them back to it, or drop them.",
    no_args_is_help=True,
)
T = TypeVar("T")
TABLE_ROWS = 200
Agent = Annotated[str | None, typer.Argument(metavar="[AGENT]", help="Only this agent's; of one generation: NAME.g2.")]
Id = Annotated[list[str] | None, typer.Option("--id", metavar="ID", help="AGENT:TOPIC:PARTITION:OFFSET; repeatable.")]
Class = Annotated[str | None, typer.Option("--class", help="Only decode, process, produce or parked ones.")]
Cause = Annotated[str | None, typer.Option(help="Only with this cause.")]
Key = Annotated[str | None, typer.Option(help="Only of this key (an item id).")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="A time, or how long ago: 90m, 2h, 3d.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Before then.")]
All = Annotated[bool, typer.Option("--all", help="All there are: said, never assumed.")]
Limit = Annotated[int | None, typer.Option(metavar="N", min=1, help="Most letters.")]


@app.command("list")
def list_letters(
    agent: Agent = None,
    kind: Class = None,
    cause: Cause = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    state: Annotated[str, typer.Option(help="open, redriven, dropped or all.")] = "open",
    limit: Limit = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """List dead letters, oldest first."""
    wanted = _filter(agent, None, kind, cause, key, since, until, state)
    _with_letters(data, lambda letters: (_print_json if json else _print_table)(letters, wanted, limit))


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="As `hero dlq list` names it: AGENT:TOPIC:PARTITION:OFFSET.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Show one dead letter whole: cause, headers, and the decoded event."""
    whole = _with_letters(data, lambda letters: letters.whole(letter))
    if json:
        print_json(whole)
    else:
        console.print_json(data=whole, ensure_ascii=False, default=str)


@app.command()
def redrive(
    agent: Agent = None,
    id_: Id = None,
    kind: Class = None,
    cause: Cause = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    all_: All = False,
    force: Annotated[bool, typer.Option("--force", help="Also what was redriven too often already.")] = False,
    limit: Limit = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Give them back to the agent that failed, in its generation. Of an ordered agent: all that waits of their keys.

    One that fails again is the same letter, once more redriven. Exit status 1 where some were left.
    """
    from dataclasses import asdict

    from cli.dead_letters import narrowed

    wanted = narrowed(_filter(agent, id_, kind, cause, key, since, until, "all"), everything=all_)
    done = _with_letters(data, lambda letters: letters.redrive(wanted, limit, force=force))
    if json:
        print_json(asdict(done))
    else:
        from cli.tables.letters import show_redrove

        show_redrove(done)
    if done.left:
        raise typer.Exit(FAILED)


@app.command()
def drop(
    reason: Annotated[str, typer.Option(help="Why they will never be processed. Kept with them.")],
    agent: Agent = None,
    id_: Id = None,
    kind: Class = None,
    cause: Cause = None,
    key: Key = None,
    since: Since = None,
    until: Until = None,
    all_: All = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Give up the open ones. Their records stay in their topic until retention takes them."""
    from cli.dead_letters import narrowed

    if not reason.strip():
        raise CliError("--reason: say why, for those who look for these events later")
    wanted = narrowed(_filter(agent, id_, kind, cause, key, since, until, "all"), everything=all_)
    number = _with_letters(data, lambda letters: letters.drop(wanted, reason.strip()))
    if json:
        print_json({"dropped": number})
    else:
        console.print(f"{number:,} dropped")


async def _print_json(letters: DeadLetters, wanted: LetterFilter, limit: int | None) -> None:
    """One array, written as it is read: there may be very many."""
    import json

    from cli.dead_letters import plain

    sys.stdout.write("[")
    separator = "\n"
    async for letter in letters.list(wanted, limit):
        sys.stdout.write(separator + json.dumps(plain(letter), ensure_ascii=False))
        separator = ",\n"
    sys.stdout.write("\n]\n")


async def _print_table(letters: DeadLetters, wanted: LetterFilter, limit: int | None) -> None:
    from cli.dead_letters import plain
    from cli.tables.letters import show_letters

    shown = [plain(letter) async for letter in letters.list(wanted, limit or TABLE_ROWS)]
    if shown:
        show_letters(shown, await letters.count(wanted))
    else:
        console.print("no dead letters")


def _filter(
    agent: str | None,
    names: list[str] | None,
    kind: str | None,
    cause: str | None,
    key: str | None,
    since: str | None,
    until: str | None,
    state: str,
) -> LetterFilter:
    """Raises BadParameter."""
    from cli.dead_letters import moment
    from herofactory.platform.delivery.dead_letter import DeadClass
    from herofactory.platform.delivery.letters import LetterFilter, State

    _one_of("--class", kind, get_args(DeadClass))
    _one_of("--state", state, (*get_args(State), "all"))
    wanted: dict[str, Any] = {"agent": agent, "kind": kind, "cause": cause, "key": key, "names": tuple(names or ())}
    try:
        found = LetterFilter(
            **wanted,
            since=moment(since),
            until=moment(until),
            state=None if state == "all" else state,  # type: ignore[arg-type]
        )
        found.where()
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return found


def _one_of(option: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(allowed)}", param_hint=option)


def _with_letters(data: Path | None, work: Callable[[DeadLetters], Awaitable[T]]) -> T:
    import asyncio

    from cli.configure import settings_of_running
    from cli.dead_letters import opened

    async def run() -> T:
        async with opened(settings_of_running(data=data)) as letters:
            return await work(letters)

    return asyncio.run(run())
