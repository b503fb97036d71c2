"""`python -m cli.run NAME`: the platform's processes. Users have `hero` (cli/main.py); the supervisor starts these."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from cli.child import tie
from cli.errors import INTERRUPTED


def main(arguments: Sequence[str]) -> int:
    tie()
    name, *rest = arguments
    try:
        return _ENTRIES[name](rest)
    except KeyboardInterrupt:  # while the part is being imported, before it minds signals itself
        return INTERRUPTED


# One import per process: what a part does not need stays out of its memory.


def _supervise(arguments: Sequence[str]) -> int:
    from cli.supervise.supervisor import supervise

    return supervise(arguments[0])


def _prepare(arguments: Sequence[str]) -> int:
    from cli.jobs.prepare import prepare

    return prepare(want_sample="--sample" in arguments)


def _relay(_: Sequence[str]) -> int:
    from cli.parts import relay

    return relay()


def _housekeeper(_: Sequence[str]) -> int:
    from cli.parts import housekeeper

    return housekeeper()


def _worker(_: Sequence[str]) -> int:
    from cli.parts import worker

    return worker()


def _bridge(_: Sequence[str]) -> int:
    from cli.parts import bridge

    return bridge()


def _api(_: Sequence[str]) -> int:
    from cli.parts import api

    return api()


def _sample(_: Sequence[str]) -> int:
    from cli.jobs.sample import sample

    return sample()


def _welcome(_: Sequence[str]) -> int:
    from cli.jobs.welcome import welcome

    return welcome()


def _demo(_: Sequence[str]) -> int:
    from cli.jobs.demo import demo

    return demo()


def _quality(_: Sequence[str]) -> int:
    from cli.quality import quality

    return quality()


def _replay(arguments: Sequence[str]) -> int:
    from cli.jobs.replay import replay

    step, replay_id = arguments
    return replay(step, replay_id)


_ENTRIES: dict[str, Callable[[Sequence[str]], int]] = {
    "supervise": _supervise,
    "prepare": _prepare,
    "relay": _relay,
    "housekeeper": _housekeeper,
    "worker": _worker,
    "bridge": _bridge,
    "api": _api,
    "sample": _sample,
    "welcome": _welcome,
    "demo": _demo,
    "quality": _quality,
    "replay": _replay,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
