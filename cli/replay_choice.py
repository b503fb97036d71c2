"""Which replay a command means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from cli.errors import CliError
from herofactory.platform.replay.replay import Replay, State, Step
from herofactory.platform.replay.store import refuse

DONE: Mapping[Step, State] = {"stop": "stopped", "swap": "swapped", "rollback": "rolled_back", "clean": "cleaned"}
"""Asked for again, these say that it is so."""


class NoReplay(CliError):
    """None is open."""


def choose(replays: Sequence[Replay], named: str | None, step: Step) -> Replay:
    """`replays`: all, newest first. `named`: an id, a target, or None.

    Of several open ones that which the step can be taken with. Raises CliError, and ReplayRefused where the only one
    cannot take it.
    """
    if named is not None and (replay_id := _id(named)):
        found = next((each for each in replays if each.id == replay_id), None)
        if found is None:
            raise _no_replay(named)
        return found
    mine = [each for each in replays if named in (None, each.target)]
    open_ = [each for each in mine if each.state not in ("cleaned", "refused")]
    fitting = [each for each in open_ if each.may(step)] or [each for each in open_ if each.state == DONE.get(step)]
    if len(fitting) > 1:
        listed = ", ".join(f"{each.id} ({each.target}, {each.state})" for each in fitting)
        raise CliError(f"several replays can take `{step}`: {listed}; name one by its id")
    if fitting:
        return fitting[0]
    if open_:
        refuse(open_[0], step)
    raise NoReplay(f"there is no open replay{f' of {named}' if named else ''}: `hero replay plan TARGET` makes one")


def refuse_unknown(named: str, targets: Sequence[str]) -> None:
    """Raises CliError for what is neither: no replay has this id, or is of this target."""
    if _id(named):
        raise _no_replay(named)
    if named not in targets:
        raise CliError(f"there is no replay target {named!r}; there are: {', '.join(targets)}")


def _no_replay(named: str) -> CliError:
    return CliError(f"there is no replay {named}: `hero replay status --all` shows those there are")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
