"""`hero replay`: topics are read again into a new generation beside the live one, compared, and put in its place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cli.errors import FAILED, INTERRUPTED, CliError
from cli.options import Data, Json, console, print_json, stderr

if TYPE_CHECKING:
    from cli.replays import Steps
    from herofactory.platform.replay.replay import Replay
    from streams.replay.request import Request

T = TypeVar("T")
Named = Annotated[
    str | None, typer.Argument(metavar="[ID|TARGET]", help="May be left out where just one replay can be meant.")
]
app = typer.Typer(
    help="Read topics again into a new generation beside the live one, compare the two, swap, roll back.",
    no_args_is_help=True,
)


@app.command()
def plan(
    target: Annotated[str, typer.Argument(help="For example search-index, insights, moderation, agent:NAME.")],
    start: Annotated[str, typer.Option("--from", help="earliest, an offset, or a time.")] = "earliest",
    end: Annotated[str, typer.Option("--to", help="latest, an offset, or a time; exclusive.")] = "latest",
    filter_: Annotated[str | None, typer.Option("--filter", metavar="EXPR", help="Only these records.")] = None,
    source: Annotated[str, typer.Option(metavar="topics|database", help="What it is made from.")] = "topics",
    rate: Annotated[float | None, typer.Option(min=0.001, metavar="N", help="Most records per second.")] = None,
    max_lag: Annotated[
        float, typer.Option(min=0.001, metavar="S", help="Wait while a live agent is further behind.")
    ] = 1.0,
    accept_gap: Annotated[bool, typer.Option("--accept-gap", help="Do without what retention has taken.")] = False,
    option: Annotated[list[str] | None, typer.Option(metavar="K=V", help="Of the target; repeatable.")] = None,
    max_calls: Annotated[int, typer.Option(min=0, metavar="N", help="Budget: calls of external services.")] = 0,
    max_usd: Annotated[float, typer.Option(min=0.0, metavar="USD", help="Budget: their price.")] = 0.0,
    data: Data = None,
    json: Json = False,
) -> None:
    """Say what a replay would read, how long it takes and what it costs; nothing is changed. Saved for `run`.

    Exit status 1 where it is refused: such a plan is not saved.
    """
    from streams.replay.request import Request

    if source not in ("topics", "database"):
        raise typer.BadParameter("topics or database", param_hint="--source")
    request = Request(
        target=target,
        start=start,
        end=end,
        filter=filter_,
        source=source,  # type: ignore[arg-type]  # one of the two
        options=_options(option or ()),
        rate=rate,
        max_lag_s=max_lag,
        accept_gap=accept_gap,
        max_calls=max_calls,
        max_micro_usd=round(max_usd * 1_000_000),
    )
    _with_steps(data, lambda steps: _plan(steps, request, json=json))


async def _plan(steps: Steps, request: Request, *, json: bool) -> Replay:
    from cli.tables.replay import show_plan

    _say(f"planning a replay of {request.target}: measuring a sample of what it reads")
    drafted = await steps.draft(request)
    saved = None if drafted.refusals else await steps.save(drafted)
    if json:
        print_json({"id": saved and str(saved.id), **drafted.to_json()})
    else:
        show_plan(drafted)
    if saved is None:
        raise typer.Exit(FAILED)
    if not json:
        console.print(f"replay {saved.id}: `hero replay run {saved.id}` carries it out", soft_wrap=True)
    return saved


@app.command()
def run(named: Named = None, data: Data = None, json: Json = False) -> None:
    """Carry out a plan; plans first where TARGET has no open replay. Ctrl-C stops it, and the next `run` goes on.

    Where another process runs it, watches that. Exit status 1 where it failed or was stopped.
    """

    async def work(steps: Steps) -> None:
        import asyncio

        from cli.progress import Bar
        from cli.replay_bar import ReplayBar
        from streams.replay.process import stop_on_signals

        replay, stop = await _chosen_or_planned(steps, named), asyncio.Event()
        with Bar() as bar, stop_on_signals(stop):
            shown = ReplayBar(bar)
            after = await steps.run(replay.id, stop, shown.show, _say)
        if number := shown.set_aside:
            _say(f"{number:,} records were set aside in this run: dead letters of their agents (`hero dlq list`)")
        _tell(after, json=json)
        if after.state == "failed":
            raise CliError(f"{after.cause}; `hero replay run {after.id}` goes on where it was")
        if after.state in ("planned", "running", "stopped"):
            raise typer.Exit(INTERRUPTED if stop.is_set() else FAILED)

    _with_steps(data, work, behind=True)


async def _chosen_or_planned(steps: Steps, named: str | None) -> Replay:
    from cli.replay_choice import NoReplay
    from streams.replay.request import Request

    try:
        return await steps.chosen(named, "run")
    except NoReplay:
        if named is None:
            raise
    _say(f"planning a replay of {named}: measuring a sample of what it reads")
    drafted = await steps.draft(Request(target=named))
    if drafted.refusals:
        raise CliError("; ".join(drafted.refusals))
    return await steps.save(drafted)


@app.command()
def verify(named: Named = None, data: Data = None, json: Json = False) -> None:
    """Compare its generation with the one beside it, at one offset per partition. Exit status 1 where they differ."""

    async def work(steps: Steps) -> None:
        from cli.tables.replay import show_verification

        replay = await steps.chosen(named, "verify")
        _, found = await steps.verify(replay.id, _say)
        if json:
            print_json({"id": str(replay.id), "target": replay.target, **found.to_json()})
        else:
            show_verification(found)
        if not found.passed:
            raise typer.Exit(FAILED)

    _with_steps(data, work, behind=True)


@app.command()
def swap(
    named: Named = None,
    force: Annotated[bool, typer.Option("--force", help="Also where it is not verified, or behind.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Put its generation in use, in one step. The one before is kept up to date until `clean`."""

    async def work(steps: Steps) -> None:
        replay = await steps.chosen(named, "swap")
        _tell(await steps.swap(replay.id, force=force), json=json)

    _with_steps(data, work)


@app.command()
def rollback(named: Named = None, data: Data = None, json: Json = False) -> None:
    """Put the generation before it in use again. What came since the swap is in it."""

    async def work(steps: Steps) -> None:
        _tell(await steps.rollback((await steps.chosen(named, "rollback")).id), json=json)

    _with_steps(data, work)


@app.command()
def stop(named: Named = None, data: Data = None, json: Json = False) -> None:
    """Stop a run, wherever it goes on; the next `run` continues it."""

    async def work(steps: Steps) -> None:
        _tell(await steps.stop((await steps.chosen(named, "stop")).id), json=json)

    _with_steps(data, work)


@app.command()
def clean(named: Named = None, data: Data = None, json: Json = False) -> None:
    """Delete the generation that is not in use, with its groups. The end of the replay, and of the way back."""

    async def work(steps: Steps) -> None:
        _tell(await steps.clean((await steps.chosen(named, "clean")).id), json=json)

    _with_steps(data, work)


@app.command()
def status(
    named: Annotated[str | None, typer.Argument(metavar="[ID|TARGET]", help="Only these.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Those that are cleaned, too.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show replays, newest first."""

    import asyncio

    from cli.configure import settings_of_running
    from cli.replay_list import replays_of
    from cli.running import require_running
    from cli.tables.replay import show_replays

    settings = settings_of_running(data=data)
    require_running(settings)
    found = asyncio.run(replays_of(settings, named, ended=all_))
    if json:
        print_json([_plain(each) for each in found])
    elif found:
        show_replays(found)
    else:
        console.print("no replays")


def _with_steps(data: Any, work: Callable[[Steps], Awaitable[T]], *, behind: bool = False) -> T:
    """`behind`: the whole process steps back behind the live ones."""
    import asyncio

    from cli.configure import settings_of_running
    from cli.replays import open_steps
    from cli.running import require_running
    from herofactory.platform.telemetry.logging import configure_logging
    from streams.replay.process import step_back

    settings = settings_of_running(data=data)
    require_running(settings)
    # Warnings as lines on standard error. What fails is told by the command, with its cause.
    configure_logging("replay", level="WARNING", json=False)
    if behind:
        step_back()

    async def opened() -> T:
        async with open_steps(settings) as steps:
            return await work(steps)

    return asyncio.run(opened())


def _options(given: Sequence[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if wrong := next((name for name, equals, _ in pairs if not (name and equals)), None):
        raise typer.BadParameter(f"{wrong!r} is not KEY=VALUE", param_hint="--option")
    return {name: value for name, _, value in pairs}


def _tell(replay: Replay, *, json: bool) -> None:
    if json:
        print_json(_plain(replay))
    else:
        what = f"replay {replay.id} of {replay.target}, generation {replay.generation}: {replay.state}"
        console.print(what, soft_wrap=True)


def _plain(replay: Replay) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(replay)


def _say(what: str) -> None:
    stderr.print(what)
