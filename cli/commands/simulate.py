"""`hero simulate`: traffic that looks like people's, marked as simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Data, Json, console, print_json

if TYPE_CHECKING:
    from herofactory.platform.settings import Settings

SHOWN = "Simulated traffic is in no real figure: look at it with `hero insights popular --include simulated`."
KEPT = "The topics keep the events until their retention ends: figures that are made anew from there hold them again."


def simulate(
    days: Annotated[float, typer.Option(min=0.1, max=90, help="Days of traffic, until now.")] = 14,
    seed: Annotated[int, typer.Option(help="The same seed sends the same events, which count once.")] = 1,
    visits: Annotated[int, typer.Option(min=1, help="A day; each makes some three events.")] = 2_000,
    people: Annotated[int, typer.Option(min=1, help="Who visit.")] = 8_000,
    forget: Annotated[bool, typer.Option("--forget", help="Take all simulated traffic out of the figures.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Send searches, clicks and views over the catalogue of the running platform, as people would have made them."""
    from cli.configure import settings_of_running
    from cli.running import require_running

    settings = settings_of_running(data=data)
    require_running(settings)
    if forget:
        _forget(settings, json)
    else:
        _simulate(settings, seed, days, visits, people, json)


def _simulate(settings: Settings, seed: int, days: float, visits: int, people: int, json: bool) -> None:
    from cli.progress import Bar
    from cli.simulation import simulate as publish

    with Bar() as bar:
        done = publish(settings, seed, days, visits, people, bar.show)
    if json:
        print_json({"events": done.events, "seconds": done.seconds, "start": done.simulation.start, "seed": seed})
        return
    console.print(f"{done.events:,} simulated events acknowledged in {done.seconds:.1f} s ({done.rate:,.0f} a second)")
    console.print(SHOWN)


def _forget(settings: Settings, json: bool) -> None:
    from cli.progress import Bar
    from cli.simulation import forget

    with Bar() as bar:
        events = forget(settings, bar.show)
    if json:
        print_json({"forgotten": events})
        return
    console.print(f"{events:,} simulated events taken out; the figures follow within seconds. {KEPT}")
